"""True panels of robot_upstream (methods 4.5 under the defaults), from the state and never from the raw files."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate.customs import Goods, hs_revision
from keytech.simulate.panels_robot_city import CITY_CONTROLS

EVENT_SHARE = 0.01
FIRM_CONTROLS = ["lnlp", "lnkfix", "lnklratio", "lnbdat"]
SURVEY = ["firm_id", "year", "city_code", "province_code", "cic4", "cic2", "city_year", "has_upstream_class", "lncap_value", "robot", "us_robot",
            "us_robot_imputed", *FIRM_CONTROLS, *CITY_CONTROLS, "cic4_hhi"]  # fmt: skip


def logs(amount: pd.Series) -> pd.Series:
    """Natural log of the positive amounts, missing elsewhere."""
    return np.log(amount.where(amount > 0))


def city_controls(city_years: pd.DataFrame) -> pd.DataFrame:
    """City controls by city and year: ln GDP per head (10 000 yuan), secondary share, ln education expenditure."""
    return pd.DataFrame(
        {
            "city_code": city_years["city_code"],
            "year": city_years["year"],
            "lngdp": logs(city_years["gdp_per_head"] / 10000),
            "second_rate": city_years["second_pct"],
            "lnedc_cost": logs(city_years["education_10k"]),
        }
    )


def firm_variables(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` of the survey with the variables of methods 4.5 that need nothing else than the survey."""
    out = rows.copy()
    age = rows["year"] - rows["founding_year"]
    size = logs(rows["total_assets"] / 1000)
    squared = (
        rows.assign(squared=rows["sales"] ** 2)
        .groupby(["cic4", "year"])[["sales", "squared"]]
        .transform("sum")
    )
    return out.assign(
        province_code=rows["city_code"].str[:2],
        cic2=rows["cic4"].str[:2],
        city_year=rows["city_code"] + "-" + rows["year"].astype(str),
        lnlp=logs(rows["output"] / rows["employees"]),
        lnkfix=logs(rows["fixed_assets"]),
        lnklratio=logs(rows["fixed_assets"] / rows["employees"]),
        lnbdat=np.log(age + 1),
        sa=-0.737 * size + 0.043 * size**2 - 0.040 * age,
        cic4_hhi=squared["squared"] / squared["sales"] ** 2,
    )


def firm_trade(lines: pd.DataFrame, rows: pd.DataFrame, kinds: Goods, rates: pd.DataFrame) -> pd.DataFrame:
    """One row per surveyed firm-year that trades: ln kinds exported, domestic value-added ratio, ln value of parts."""
    mine = lines[lines["firm"] >= 0]
    keyed = mine.assign(hs_revision=hs_revision(mine["year"]), hs6=mine["hs8"].str[:6]).merge(
        kinds.bec, on=["hs_revision", "hs6"], how="left"
    )
    usd, imports = keyed["cents"] / 100, keyed["is_import"]
    processing, ordinary = keyed["mode"].isin(["assembly", "inputs"]), keyed["mode"] == "ordinary"
    flows = pd.DataFrame(
        {
            "firm": keyed["firm"], "year": keyed["year"],
            "m_p": usd.where(imports & processing, 0), "x_p": usd.where(~imports & processing, 0),
            "x_o": usd.where(~imports & ordinary, 0),
            "m_o": (usd * keyed["intermediate"].fillna(0)).where(imports & ordinary, 0),
            "parts": usd.where(imports & keyed["hs8"].isin(kinds.parts), 0),
        }
    )  # fmt: skip
    sums = flows.groupby(["firm", "year"]).sum().reset_index()
    exported = keyed[~imports].groupby(["firm", "year"])["hs8"].nunique().rename("export_kinds")
    sums = sums.merge(exported.reset_index(), on=["firm", "year"], how="left").merge(rates, on="year")
    sums = sums.merge(rows[["firm", "year", "output", "exports"]], on=["firm", "year"])
    domestic = (sums["output"] - sums["exports"].fillna(0)) * 1000 / sums["cny_per_usd"]
    exports = sums["x_p"] + sums["x_o"]
    weight = (sums["x_o"] / (domestic + sums["x_o"])).where(sums["x_o"] > 0, 0.0)
    ratio = 1 - (sums["m_p"] + weight * sums["m_o"]) / exports.where(exports > 0)
    known = (domestic >= 0) & ratio.between(0, 1)
    return sums[["firm", "year"]].assign(
        lnn=logs(sums["export_kinds"].fillna(0)), dvar=ratio.where(known), lncap_value=logs(sums["parts"])
    )


def survey_panel(
    variables: pd.DataFrame,
    trade: pd.DataFrame,
    city: pd.DataFrame,
    exposures: pd.DataFrame,
    controls: pd.DataFrame,
) -> pd.DataFrame:
    """robot_survey: every surveyed firm by year, with its imports of parts and the robots of its city."""
    place = ["city_code", "year"]
    out = variables.merge(trade[["firm", "year", "lncap_value"]], on=["firm", "year"], how="left")
    out = out.merge(city[[*place, "robot"]], on=place, how="left").merge(exposures, on=place, how="left")
    out = out.merge(controls, on=place, how="left")
    makers = out.loc[out["kind"] == "upstream", "cic4"].unique()
    out = out.assign(has_upstream_class=out["cic4"].isin(makers))
    return out[SURVEY].sort_values(["firm_id", "year"], ignore_index=True)


def technology_gap(
    variables: pd.DataFrame, productivity: pd.DataFrame, naics: pd.DataFrame, rates: pd.DataFrame
) -> pd.Series:
    """ln US output per worker less the firm's, both in thousand yuan of 2012 (methods 4.7)."""
    us = us_productivity(productivity, naics, sorted(variables["cic4"].unique()))
    index = rates.sort_values("year").assign(
        log_price=np.log(rates["producer_price_previous_year_100"] / 100).cumsum()
    )
    base = index.loc[index["year"] == 2012, ["log_price", "cny_per_usd"]].iloc[0]
    price = index.set_index("year")["log_price"] - base["log_price"]
    keyed = variables[["cic4", "year", "lnlp"]].merge(us, on=["cic4", "year"], how="left")
    gap = keyed["lnlp_us"] + np.log(base["cny_per_usd"]) - (keyed["lnlp"] - keyed["year"].map(price))
    return pd.Series(gap.to_numpy(), index=variables.index)


def us_productivity(productivity: pd.DataFrame, naics: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    """ln shipments per worker (1000 USD of 2012) of the NAICS industries matched to each class, by year."""
    parts = []
    for cic4 in classes:
        fitting = [p for p in naics["cic_prefix"].unique() if cic4.startswith(p)]
        if not fitting:
            continue
        prefixes = tuple(naics.loc[naics["cic_prefix"] == max(fitting, key=len), "naics_prefix"])
        match = productivity[productivity["naics"].str.startswith(prefixes)]
        sums = (
            match.assign(real=match["vship_musd"] / match["deflator"])
            .groupby("year")[["real", "employment_thousand"]]
            .sum()
        )
        lnlp = np.log(sums["real"] / sums["employment_thousand"])
        parts.append(pd.DataFrame({"cic4": cic4, "year": lnlp.index, "lnlp_us": lnlp.to_numpy()}))
    return pd.concat(parts, ignore_index=True)


def upstream_panel(
    panel: pd.DataFrame, patents: pd.DataFrame, trade: pd.DataFrame, city: pd.DataFrame
) -> pd.DataFrame:
    """robot_upstream: one row per upstream firm and year in cities with robot imports; `panel` carries the survey variables."""
    out = panel.merge(patents, on=["firm", "year"], how="left").merge(trade, on=["firm", "year"], how="left")
    out = out.merge(
        city[["city_code", "year", "city_cap", "robot_cap", "late_robot", "other_robot", "net_robot"]],
        on=["city_code", "year"],
    )
    total, inventions = out["patents"].fillna(0), out["inventions"].fillna(0)
    out = out.assign(
        patents=total.astype(int), lnspatent=logs(total), lnfm_patent=logs(inventions), lnspatent1=np.log1p(total),
        lnexpense=logs(out["selling_expense"] / out["output"]), lnprofit=logs(out["total_profit"]),
        y_std=(out["output"] - out["output"].mean()) / out["output"].std(),
    )  # fmt: skip
    filed = out["lnspatent"].notna()
    small, middle = out.loc[filed, "gap"].quantile(0.25), out.loc[filed, "gap"].quantile(0.50)
    group = np.select(
        [out["gap"] <= small, out["gap"] >= middle, out["gap"].notna()], ["small", "large", "middle"], ""
    )
    out["gap_group"] = pd.Series(group).where(group != "", None)
    out["sa_high"] = (
        (out["sa"] >= out.loc[filed, "sa"].median()).astype("boolean").where(out["sa"].notna(), pd.NA)
    )
    first = out.sort_values(["firm_id", "year"]).groupby("firm_id")["city_code"].transform("first")
    out["first_city_code"], out["robot_event_year"] = first, first.map(events(city))
    out["city_industry"] = out["city_code"] + "-" + out["cic4"]
    out["province_year"] = out["province_code"] + "-" + out["year"].astype(str)
    out["province_industry"] = out["province_code"] + "-" + out["cic4"]
    return out[UPSTREAM].sort_values(["firm_id", "year"], ignore_index=True)


def events(city: pd.DataFrame) -> pd.Series:
    """By city: the first year in which it holds EVENT_SHARE of national robot imports."""
    return city[city["robot"] >= EVENT_SHARE].groupby("city_code")["year"].min()


UPSTREAM = ["firm_id", "year", "city_code", "province_code", "cic4", "cic2", "city_year", "city_industry", "province_year", "province_industry", "lnspatent", "lnfm_patent", "lnspatent1", "patents", "first_city_code", "robot_event_year",
            "robot", "us_robot", "us_robot_imputed", "us_robot_other_sectors", "us_exposure", *FIRM_CONTROLS, *CITY_CONTROLS, "cic4_hhi", "lnexpense", "gap", "gap_group",
            "y_std", "lnprofit", "lnn", "sa", "sa_high", "ownership", "dvar", "city_cap", "robot_cap", "late_robot", "other_robot",
            "robot_excl_processing", "net_robot"]  # fmt: skip
