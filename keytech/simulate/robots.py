"""Robots: IFR-style stocks, US employment and productivity, the US exposure of cities, and the cities' import shares."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate.calibrate import demeaned
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

IFR_YEARS = np.arange(1993, 2023)
PANEL_YEARS = np.arange(2000, 2014)
DETAIL_FROM = {"United States": 2004, "China": 2006, "Japan": 1993, "Germany": 1998, "Korea, Rep.": 2004}
STOCK_2004 = {
    "United States": 115_000,
    "China": 11_500,
    "Japan": 356_000,
    "Germany": 121_000,
    "Korea, Rep.": 51_000,
}
GROWTH = {"United States": 0.055, "China": 0.26, "Japan": -0.012, "Germany": 0.035, "Korea, Rep.": 0.095}
# US employment in 2000 (1000 persons) and weight of the sector in the US stock
US_SECTORS = {
    "A-B": (2450, 0.2), "C": (520, 0.1), "10-12": (1760, 4.5), "13-15": (1230, 0.4), "16": (1290, 0.6),
    "17-18": (1410, 0.7), "19": (330, 1.9), "20-21": (790, 1.6), "22": (950, 5.5), "23": (550, 0.8),
    "24": (620, 2.2), "25": (1750, 6.5), "26-27": (2410, 13.5), "28": (1460, 3.8), "29": (1310, 48.0),
    "30": (740, 1.6), "91": (730, 1.4), "E": (600, 0.1), "F": (6790, 0.1), "P": (2360, 1.1), "90": (88_000, 0.9),
}  # fmt: skip
NATIONAL_USD = {2000: 50.6e6, 2013: 951.0e6}
UNIT_USD = 24_500.0
# robot shares: standard deviation that exposure causes, size of the shock, slope on city size, share held by middle-sized cities,
# and the log odds of importing at all (level, slope on size, slope on year)
PULLED, SHOCK, BASE_SLOPE, ABSORBED, ENTRY = 0.019, 0.15, 1.8, 0.45, (-1.0, 3.0, 0.16)


def ifr(world: World) -> pd.DataFrame:
    """One row per country, IFR sector and year: stock and installations as delivered, details only once surveyed."""
    rng = world.rng("robots", "ifr")
    parts = [_country(rng, world, country) for country in STOCK_2004]
    return pd.concat(parts, ignore_index=True)


def _country(rng: np.random.Generator, world: World, country: str) -> pd.DataFrame:
    sectors = world.seed_table("seed_ifr_sector")
    detail = sectors.loc[sectors["kind"] == "detail", "sector_code"].to_numpy()
    years, n = IFR_YEARS, len(IFR_YEARS)
    weight = np.array([US_SECTORS[s][1] for s in detail]) * (
        1 if country == "United States" else rng.uniform(0.5, 1.8, len(detail))
    )
    drift = rng.normal(0, 0.045, len(detail))[:, None] * (years - 2004) + rng.normal(
        0, 0.04, (len(detail), n)
    ).cumsum(axis=1)
    shares = weight[:, None] * np.exp(drift)
    shares = 0.93 * shares / shares.sum(axis=0)
    total = STOCK_2004[country] * np.exp(GROWTH[country] * (years - 2004) + rng.normal(0, 0.01, n).cumsum())
    stock = np.floor(total * shares)
    frame = pd.DataFrame(stock, index=detail, columns=years)
    frame.loc["99"] = np.floor(0.07 * total)
    frame.loc["0"] = frame.sum()
    frame.loc["19-22"] = frame.loc[["19", "20-21", "22"]].sum()
    frame.loc["D"] = frame.loc[
        ["10-12", "13-15", "16", "17-18", "19-22", "23", "24", "25", "26-27", "28", "29", "30", "91"]
    ].sum()
    tidy = (
        frame.rename_axis("sector_code")
        .reset_index()
        .melt("sector_code", var_name="year", value_name="stock")
    )
    tidy["installations"] = (tidy["stock"] * np.where(tidy["stock"] > 0, 0.14, 0)).round()
    tidy = tidy[(tidy["sector_code"] == "0") | (tidy["year"] >= DETAIL_FROM[country])].assign(country=country)
    tidy = tidy.merge(sectors[["sector_code", "sector_name"]], on="sector_code")
    return tidy.astype({"year": int}).sort_values(["sector_code", "year"], ignore_index=True)


def us_stocks(robots: pd.DataFrame) -> pd.DataFrame:
    """US operational stock by sector, 2000-2013: years without detail are the total times the share of 2004."""
    us = robots[robots["country"] == "United States"]
    total = us[us["sector_code"] == "0"].set_index("year")["stock"]
    detail = us[us["sector_code"].isin(US_SECTORS)].pivot(index="sector_code", columns="year", values="stock")
    share = detail[2004] / total[2004]
    early = pd.DataFrame({year: share * total[year] for year in range(2000, 2004)})
    return pd.concat([early, detail.loc[:, 2004:2013]], axis=1)


def us_employment() -> pd.DataFrame:
    """US employment by IFR sector (1000 persons), 1998-2019."""
    years = np.arange(1998, 2020)
    parts = [
        pd.DataFrame(
            {
                "sector_code": s,
                "year": years,
                "employment_thousand": np.round(e * (1 - 0.012 * (years - 2000)), 1),
            }
        )
        for s, (e, _) in US_SECTORS.items()
    ]
    return pd.concat(parts, ignore_index=True)


def us_productivity(world: World) -> pd.DataFrame:
    """NBER-CES-like rows: NAICS six digits x 1998-2016, shipments and value added (million USD), employment, deflator."""
    rng = world.rng("robots", "nber")
    prefixes = sorted(set(world.seed_table("seed_naics_cic")["naics_prefix"]))
    naics = [p.ljust(6, "1")[:5] + d for p in prefixes for d in ("0", "1")]
    naics = sorted(set(naics))
    years = np.arange(1998, 2017)
    n, t = len(naics), len(years)
    employed = np.exp(rng.normal(3.4, 0.8, n))[:, None] * np.exp(
        -0.015 * (years - 2005) + rng.normal(0, 0.02, (n, t))
    )
    per_head = np.exp(rng.normal(-1.25, 0.45, n))[:, None] * np.exp(
        0.03 * (years - 2005) + rng.normal(0, 0.02, (n, t))
    )
    frame = pd.DataFrame({"naics": np.repeat(naics, t), "year": np.tile(years, n)})
    frame["employment_thousand"] = np.maximum(employed.ravel(), 0.2).round(1)
    frame["vship_musd"] = (frame["employment_thousand"] * per_head.ravel()).round(1) + 0.1
    frame["vadd_musd"] = (0.46 * frame["vship_musd"]).round(1)
    frame["deflator"] = np.round(np.exp(0.018 * (frame["year"] - 2012) + rng.normal(0, 0.004, len(frame))), 4)
    return frame


def exposure(relative: pd.DataFrame, per_worker: pd.DataFrame) -> pd.DataFrame:
    """us_robot of equation (2): one row per city with surveyed employment in 2000 and year.

    Employment of a sector relative to the median city (positive employment), times US robots per 1000 workers of 2000.
    """
    tidy = (relative @ per_worker).rename_axis(columns="year").stack().rename("us_robot").reset_index()
    return tidy.assign(us_robot_imputed=tidy["year"] < 2004)


def exposure_parts(
    rows: pd.DataFrame, stocks: pd.DataFrame, prefixes: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Employment relative to the median city (city x sector) and US robots per 1000 workers of 2000 (sector x year)."""
    base = rows[(rows["year"] == 2000) & rows["employees"].notna()]
    base = base.assign(sector_code=sector_of(base["cic4"], prefixes))
    employed = base.groupby(["city_code", "sector_code"])["employees"].sum().unstack()
    relative = (employed / employed.median()).fillna(0.0)
    workers = pd.Series({sector: people for sector, (people, _) in US_SECTORS.items()})
    return relative, stocks.div(workers, axis=0).loc[relative.columns]


def without_own_sector(panel: pd.DataFrame, parts: tuple[pd.DataFrame, pd.DataFrame], prefixes) -> np.ndarray:
    """us_robot (n,) of `panel` (city_code, year, cic4) without the sector of the class; missing as us_robot is."""
    relative, per_worker = parts
    sector = pd.Series(sector_of(panel["cic4"], prefixes), index=panel.index)
    out = np.full(len(panel), np.nan)
    for own in sector.unique():
        others = relative.columns.drop(own) if own in relative.columns else relative.columns
        value = (relative[others] @ per_worker.loc[others]).stack()
        mine = np.flatnonzero((sector == own) if own is not None else sector.isna())
        keys = pd.MultiIndex.from_frame(panel.iloc[mine][["city_code", "year"]])
        out[mine] = value.reindex(keys).to_numpy()
    return out


def sector_of(cic4: pd.Series, prefixes: pd.DataFrame) -> np.ndarray:
    """IFR sector of GB/T 4754-2002 codes by the longest matching prefix."""
    table = dict(zip(prefixes["cic_prefix"], prefixes["sector_code"], strict=True))
    known = {c: next((table[c[:k]] for k in (4, 3, 2) if c[:k] in table), None) for c in cic4.unique()}
    return cic4.map(known).to_numpy()


def import_shares(world: World, exposures: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """One row per city and year with robot imports: intended share, and the shock `shock` that makes it endogenous.

    A city's share follows its exposure and its own shock; what exposed cities gain is lost by the middle-sized ones, so
    that the shares of a year add to one. The pull of the exposure is such that it moves the shares that upstream firms
    (`rows`) see by PULLED within city and year.
    """
    rng = world.rng("robots", "shares")
    cities, n = world.cities, len(world.cities)
    size, codes = cities["size"].to_numpy(), cities["city_code"].to_numpy()
    base = np.exp(BASE_SLOPE * size + rng.normal(0, 0.4, n))
    rank = np.argsort(np.argsort(-size))
    absorbs = (rank >= 25) & (rank < 75)
    base = np.where(
        absorbs, base / base[absorbs].sum() * ABSORBED, base / base[~absorbs].sum() * (1 - ABSORBED)
    )
    wide = (
        exposures.pivot(index="city_code", columns="year", values="us_robot")
        .reindex(codes)
        .fillna(0.0)
        .to_numpy()
    )
    gain = np.where(absorbs[:, None], 0.0, pull(exposures, rows) * (wide - wide.mean(axis=1, keepdims=True)))
    lost = np.where(absorbs, base, 0.0)[:, None] / ABSORBED * gain.sum(axis=0)
    shock = np.where(base > 0.002, base**0.75, 0.0)[:, None] * SHOCK * _shocks(rng, cities)
    level = np.maximum(base[:, None] + gain - lost + shock, 0.12 * base[:, None])
    chance = 1 / (1 + np.exp(-(ENTRY[0] + ENTRY[1] * size[:, None] + ENTRY[2] * (PANEL_YEARS - 2006))))
    active = (rng.random(level.shape) < chance) | (rank < 40)[:, None]
    level = np.where(active, level, 0.0)
    frame = pd.DataFrame({"city_code": np.repeat(codes, len(PANEL_YEARS)), "year": np.tile(PANEL_YEARS, n)})
    frame = frame.assign(share=(level / level.sum(axis=0)).ravel(), shock=shock.ravel())
    return frame[frame["share"] > 0].reset_index(drop=True)


def _shocks(rng: np.random.Generator, cities: pd.DataFrame) -> np.ndarray:
    """Shocks (cities, years) with variance one: half of a shock lasts to the next year, a third is shared by the province."""
    province = np.unique(cities["province_code"].to_numpy(), return_inverse=True)[1]
    years = len(PANEL_YEARS)
    fresh = rng.normal(0, 1, (len(cities), years)) * np.sqrt(2 / 3)
    fresh = fresh + (rng.normal(0, 1, (int(province.max()) + 1, years)) * np.sqrt(1 / 3))[province]
    out = np.empty_like(fresh)
    out[:, 0] = fresh[:, 0]
    for t in range(1, years):
        out[:, t] = 0.5 * out[:, t - 1] + np.sqrt(0.75) * fresh[:, t]
    return out


def pull(exposures: pd.DataFrame, rows: pd.DataFrame) -> float:
    """Shares per unit of exposure: PULLED over the spread of exposure between upstream firm-years within city and year."""
    seen = rows.loc[rows["kind"] == "upstream", ["city_code", "year"]].merge(
        exposures, on=["city_code", "year"]
    )
    return PULLED / float(demeaned(seen["us_robot"], [seen["city_code"], seen["year"]]).std())


def national_usd(year: np.ndarray) -> np.ndarray:
    """National robot imports (USD) between the two printed years, growing at a constant rate."""
    rate = np.log(NATIONAL_USD[2013] / NATIONAL_USD[2000]) / 13
    return NATIONAL_USD[2000] * np.exp(rate * (year - 2000))


def write(world: World, robots: pd.DataFrame, raw: RawWriter) -> None:
    """IFR as csv with BOM (English headers), US employment as csv, productivity as a Stata file."""
    raw.csv("ifr", "robots", "world_robotics.csv", robots, encoding="utf-8-sig", header=1)
    raw.csv("us_industry", "employment", "美国分行业就业.csv", us_employment(), encoding="utf-8")
    raw.dta("us_industry", "productivity", "nber_ces.dta", us_productivity(world))
