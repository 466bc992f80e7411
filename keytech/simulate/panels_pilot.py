"""The true panels of pilot_spillover (firm-year, city-year), from the world's state alone (methods 5.1-5.12).

The two instruments need the industrial half: pilot_instruments adds them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from keytech.simulate import listed_samples, panels_pilot_patents
from keytech.simulate.panels_talent import inventions
from keytech.simulate.world import World

if TYPE_CHECKING:
    from keytech.simulate.listed import Listed

CONTINUOUS = ("roa", "lnage", "ki", "size", "kd", "meangdp", "infor", "finsgov", "fdi")
SPLITTERS = (
    "tech_sim_ipc3", "tech_sim_ipc4", "wf_visit", "wf_standard", "ww", "hhi_city_ind", "subsidy_rd", "subsidy_patent",
    "agglomeration", "fixed_assets", "capex",
)  # fmt: skip
FIRST, LAST = 2010, 2019


def panels(world: World, state: Listed) -> dict[str, pd.DataFrame]:
    """pilot_spillover: one row per sample firm-year 2010-2019; pilot_city: one row per city and year 2010-2019."""
    places = city_years(world, state)
    firm = _firm_years(world, state, places)
    city = places[places["year"].between(FIRST, LAST)].drop(columns="announced_year")
    sums = firm.groupby(["city_code", "year"]).agg(
        n_firms=("stkcd", "size"),
        apply_inv_zl=("apply_inv_zl", "sum"),
        apply_inv_nozl=("apply_inv_nozl", "sum"),
    )
    city = city.merge(sums.reset_index(), on=["city_code", "year"], how="left")
    for name in sums:
        city[name] = city[name].fillna(0).astype(int)
    city = city.merge(_city_controls(world), on=["city_code", "year"], how="left")
    return {
        "pilot_spillover": _finished(firm),
        "pilot_city": city.sort_values(["city_code", "year"], ignore_index=True),
    }


def _finished(frame: pd.DataFrame) -> pd.DataFrame:
    """Controls winsorised, splits at the median of the rows that have all controls (above it where it is the minimum)."""
    complete = frame[[*CONTINUOUS, "ifdome"]].notna().all(axis=1)
    for name in SPLITTERS:
        median, least = frame.loc[complete, name].median(), frame.loc[complete, name].min()
        high = ((frame[name] >= median) & ((frame[name] > least) | (median > least))).astype(float)
        frame[f"{name}_high"] = high.where(frame[name].notna())
    for name in CONTINUOUS:
        frame[name] = frame[name].clip(*listed_samples.winsor_bounds(frame[name].dropna().to_numpy()))
    return frame.drop(columns=["firm"]).sort_values(["stkcd", "year"], ignore_index=True)


def _city_controls(world: World) -> pd.DataFrame:
    city = world.city_years
    return pd.DataFrame({
        "city_code": city["city_code"], "year": city["year"], "meangdp": city["gdp_per_head"],
        "infor": city["internet_10k"] / city["population_10k"] * 10000, "finsgov": city["budget_10k"] * 10000,
        "fdi": city["fdi_10k_usd"] * 10000,
    })  # fmt: skip


def city_years(world: World, state: Listed) -> pd.DataFrame:
    """Exposure of every city 2006-2022: own pilots, pilots around, agglomeration, similarity of its listed firms."""
    units = state.pilots.units
    by_city = units.groupby("city").agg(
        announced_year=("batch_year", "min"),
        n_batches=("batch_year", "nunique"),
        n_units=("batch_year", "size"),
    )
    cities = world.cities[["city_code", "province_code"]].join(by_city)
    frame = cities.merge(pd.DataFrame({"year": np.arange(2006, 2023)}), how="cross")
    first = frame["announced_year"] + 1
    frame["policy_cohort"] = first.fillna(0).astype(int)
    frame["policy"] = (frame["year"] >= first).astype(int)
    frame["rel_time"] = frame["year"] - first
    for name in ("n_batches", "n_units"):
        frame[name] = frame[name].fillna(0).astype(int)
    frame = frame.merge(_agglomeration(world), on=["city_code", "year"], how="left")
    frame = frame.merge(_rings(world, frame), on=["city_code", "year"], how="left")
    treated = frame.groupby(["province_code", "year"])["policy"].transform("sum")
    frame["province_pilot"] = (treated - frame["policy"] > 0).astype(int)
    for level in ("ipc3", "ipc4"):
        frame = frame.merge(_similarity(state, level), on=["city_code", "year"], how="left")
    return frame


def _agglomeration(world: World) -> pd.DataFrame:
    """Location quotient of manufacturing employment."""
    city = world.city_years[["city_code", "year", "manufacturing_10k", "employed_10k"]].copy()
    known = city.dropna().groupby("year")[["manufacturing_10k", "employed_10k"]].sum()
    nation = (known["manufacturing_10k"] / known["employed_10k"]).reindex(city["year"]).to_numpy()
    city["agglomeration"] = city["manufacturing_10k"] / city["employed_10k"] / nation
    return city[["city_code", "year", "agglomeration"]]


def _rings(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """Distance to the nearest other city treated by then, or ever; whether a treated one lies in (s, s + 50] km."""
    latitude, longitude = (np.radians(world.cities[c].to_numpy()) for c in ("latitude", "longitude"))
    north, east = latitude[None, :] - latitude[:, None], longitude[None, :] - longitude[:, None]
    haversine = (
        np.sin(north / 2) ** 2 + np.cos(latitude)[:, None] * np.cos(latitude)[None, :] * np.sin(east / 2) ** 2
    )
    distance = 2 * 6371 * np.arcsin(np.sqrt(haversine))
    np.fill_diagonal(distance, np.inf)
    position = {code: i for i, code in enumerate(world.cities["city_code"])}
    ever = sorted(position[code] for code in frame.loc[frame["policy_cohort"] > 0, "city_code"].unique())
    parts = []
    for year, part in frame.groupby("year", sort=True):
        treated = distance[:, part["policy"].to_numpy() == 1]
        out = pd.DataFrame({"city_code": part["city_code"].to_numpy(), "year": year})
        nearest = treated.min(axis=1, initial=np.inf)
        out["dist_treated_km"] = np.where(np.isfinite(nearest), nearest, np.nan)
        out["dist_pilot_city_km"] = distance[:, ever].min(axis=1)
        for upper in range(50, 501, 50):
            out[f"ring_{upper}"] = ((treated > upper - 50) & (treated <= upper)).any(axis=1).astype(int)
        parts.append(out)
    return pd.concat(parts, ignore_index=True)


def _similarity(state: Listed, level: str) -> pd.DataFrame:
    """Mean cosine similarity over pairs of listed firms of a city, pools up to the year before (methods 5.10)."""
    patents = inventions(state)
    owner, when = patents["firm"].to_numpy(), patents["year"].to_numpy()
    classes, column = np.unique(patents[level].to_numpy(), return_inverse=True)
    members = state.csmar[state.csmar["city_code"].notna() & (state.csmar["year"] >= FIRST)]
    parts = []
    for year, part in members.groupby("year", sort=True):
        past = when < year
        pool = sparse.csr_array(
            (np.ones(past.sum()), (owner[past], column[past])), (len(state.firms), len(classes))
        )
        norm = np.sqrt(np.asarray(pool.multiply(pool).sum(axis=1)).ravel())
        part = part[norm[part["firm"].to_numpy()] > 0]
        firm = part["firm"].to_numpy()
        unit = pool[firm] * (1 / norm[firm])[:, None]
        code, city = np.unique(part["city_code"].to_numpy(str), return_inverse=True)
        member = sparse.csr_array((np.ones(len(city)), (city, np.arange(len(city)))))
        total = member @ unit
        size = np.bincount(city)
        pairs = np.asarray(total.multiply(total).sum(axis=1)).ravel() - size
        value = np.round(pairs[size > 1] / (size * (size - 1))[size > 1], 14)
        parts.append(
            pd.DataFrame(
                {"city_code": code[size > 1], "year": year, f"tech_sim_{level}": np.maximum(value, 0)}
            )
        )
    return pd.concat(parts, ignore_index=True)


def _firm_years(world: World, state: Listed, places: pd.DataFrame) -> pd.DataFrame:
    """Sample rows with outcomes, exposure, controls and moderators, before winsorising."""
    sample = state.pilot_sample.positions
    kept = state.accounts["year"].to_numpy()[sample] <= LAST
    rows = state.csmar.loc[sample[kept]]
    frame = pd.DataFrame({
        "firm": rows["firm"], "stkcd": rows["stkcd"], "year": rows["year"], "csrc2": rows["csrc2"], "city_code": rows["city_code"],
        "office_city_code": world.cities["city_code"].to_numpy()[rows["office"].to_numpy()],
        "sale": rows["revenue"], "ln_sale": np.log(rows["revenue"]), "fixed_assets": rows["fixed_assets"], "capex": rows["capex"],
    }).reset_index(drop=True)  # fmt: skip
    frame = pd.concat([frame, state.pilot_controls[kept].reset_index(drop=True)], axis=1)
    exposure = places.drop(columns=["n_units"])
    frame = frame.merge(exposure, on=["city_code", "year"], how="left", validate="many_to_one")
    announced = frame.pop("announced_year")
    frame["announcement_year"] = (frame["year"] == announced).astype(int)
    frame["year_before_announcement"] = (frame["year"] == announced - 1).astype(int)
    for name, values in panels_pilot_patents.columns(
        state, frame["firm"].to_numpy(), frame["year"].to_numpy()
    ).items():
        frame[name] = values
    frame = frame.merge(_markets(state), on=["stkcd", "year"], how="left", validate="one_to_one")
    frame = _texts(state, frame)
    moved = frame.groupby("stkcd")["city_code"].transform("nunique") > 1
    hosts = _host_industries(state)
    known = frame["csrc2"].map(hosts)
    return frame.assign(
        moved=moved.astype(int), province_pilot=((frame["policy"] == 0) & (frame["province_pilot"] == 1)).astype(int),
        industry_pilot=((frame["policy"] == 0) & (known < frame["year"])).astype(int),
    )  # fmt: skip


def _host_industries(state: Listed) -> pd.Series:
    """First announcement year by industry of the listed firms that are pilots themselves or through a subsidiary."""
    direct = state.pilots.units[state.pilots.units["firm"] >= 0].groupby("firm")["batch_year"].min()
    rows = state.csmar[state.csmar["csrc2"].notna()]
    host = rows[rows["year"].to_numpy() == direct.reindex(rows["firm"]).to_numpy()]
    return host.groupby("csrc2")["year"].min()


def _markets(state: Listed) -> pd.DataFrame:
    """Sales share, concentration, volatility windows, Whited-Wu index over all disclosed firm-years."""
    frame = state.csmar.sort_values(["firm", "year"], kind="stable").reset_index(drop=True)
    frame["before"] = (
        frame.groupby("firm")["revenue"].shift(1).where(frame.groupby("firm")["year"].diff() == 1)
    )
    frame["sales_growth"] = frame["revenue"] / frame["before"] - 1
    industry = frame.dropna(subset=["csrc2"]).groupby(["csrc2", "year"])["revenue"].sum().reset_index()
    before = (
        industry.groupby("csrc2")["revenue"].shift(1).where(industry.groupby("csrc2")["year"].diff() == 1)
    )
    industry["industry_growth"] = industry["revenue"] / before - 1
    industry = industry.rename(columns={"revenue": "industry_revenue"})
    frame = frame.merge(industry, on=["csrc2", "year"], how="left")
    placed = frame.dropna(subset=["csrc2", "city_code"]).assign(square=lambda f: f["revenue"] ** 2)
    cells = placed.groupby(["city_code", "csrc2", "year"])[["square", "revenue"]].sum()
    cells = (cells["square"] / cells["revenue"] ** 2).rename("hhi_city_ind").reset_index()
    frame = frame.merge(cells, on=["city_code", "csrc2", "year"], how="left")
    assets = frame["total_assets"]
    frame["saleshare"] = frame["revenue"] / frame["industry_revenue"]
    frame["ww"] = (
        -0.091 * frame["operating_cash_flow"] / assets - 0.062 * (frame["cash_dividends"] > 0)
        + 0.021 * frame["long_term_debt"] / assets - 0.044 * np.log(assets)
        + 0.102 * frame["industry_growth"] - 0.035 * frame["sales_growth"]
    )  # fmt: skip
    frame = _volatility(frame)
    names = ["saleshare", "hhi_city_ind", "volatility_pre", "volatility_current", "volatility_post", "ww"]
    return frame[["stkcd", "year", *names]]


def _volatility(frame: pd.DataFrame) -> pd.DataFrame:
    """ln of the standard deviation of revenue in three windows of three years from 2010 on."""
    wide = frame[frame["year"] >= FIRST].pivot(index="firm", columns="year", values="revenue")
    wide = wide.reindex(columns=range(FIRST - 2, 2025)).to_numpy()
    row = np.unique(frame.loc[frame["year"] >= FIRST, "firm"].to_numpy(), return_inverse=True)
    place = pd.Series(np.arange(len(row[0])), index=row[0]).reindex(frame["firm"]).to_numpy()
    late = frame["year"].to_numpy() >= FIRST
    column = frame["year"].to_numpy() - FIRST + 2
    for name, steps in (("pre", (-2, -1, 0)), ("current", (-1, 0, 1)), ("post", (0, 1, 2))):
        values = np.full(len(frame), np.nan)
        window = np.stack([wide[place[late].astype(int), column[late] + step] for step in steps])
        values[late] = np.log(window.std(axis=0, ddof=1))
        frame[f"volatility_{name}"] = values
    return frame


def _texts(state: Listed, frame: pd.DataFrame) -> pd.DataFrame:
    """Word counts (null where a report holds none of the words) and subsidies (0 where there is none)."""
    words = state.words
    total = words.groupby(["firm", "year"]).size()
    key = pd.MultiIndex.from_frame(frame[["firm", "year"]])
    reported = total.reindex(key).notna().to_numpy()
    for name, group in (("wf_visit", "参访"), ("wf_standard", "标准化")):
        count = (
            words[words["word_group"] == group]
            .groupby(["firm", "year"])["word_count"]
            .sum()
            .reindex(key)
            .fillna(0)
        )
        frame[name] = np.where(reported, count.to_numpy(), np.nan)
    inside = words[words["year"].between(FIRST, LAST)]
    pilot = inside["word_count"].where(inside["word_group"] == "试点类别", 0).groupby(inside["firm"]).sum()
    frame["mentions_pilot"] = (
        (frame["firm"].map(pilot) > 0).astype(float).where(frame["firm"].map(pilot).notna())
    )
    cents = state.subsidies.assign(cents=(state.subsidies["amount_yuan"] * 100).round().astype("int64"))
    for name, kind in (("subsidy_rd", "rd"), ("subsidy_patent", "patent")):
        total = cents[cents["kind"] == kind].groupby(["firm", "year"])["cents"].sum().reindex(key).fillna(0)
        frame[name] = total.to_numpy() / 100
    return frame
