"""True panel of cities with robot imports: shares, instruments and the alternative measures (methods 4.3, 4.6, 4.8)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate.customs import Goods, hs_revision

CITY_CONTROLS = ["lngdp", "second_rate", "lnedc_cost"]
CITY = ["city_code", "year", "province_code", "city_year", "robot", "us_robot", "us_robot_imputed", "cap_ratio", *CITY_CONTROLS,
        "robot_import_usd", "robot_import_units", "city_cap", "robot_cap", "late_robot", "other_robot", "robot_excl_processing", "net_robot"]  # fmt: skip


def exposed(cells: pd.DataFrame, exposures: pd.DataFrame) -> pd.DataFrame:
    """`cells` with the instrument of their city and year."""
    return cells.merge(exposures, on=["city_code", "year"], how="left")


def city_panel(cells: pd.DataFrame, lines: pd.DataFrame, kinds: Goods, controls: pd.DataFrame, rows: pd.DataFrame,
               rates: pd.DataFrame) -> pd.DataFrame:  # fmt: skip
    """robot_city: one row per city and year with robot imports; `cells` carries robot, us_robot and robot cents."""
    imports = lines[lines["is_import"]]
    part = (
        imports[imports["hs8"].isin(kinds.parts)]
        .groupby(["city_code", "year"])["cents"]
        .sum()
        .rename("part_cents")
    )
    capital = _capital_value(imports, kinds).rename("city_cap")
    makers = (
        rows[rows["kind"] == "upstream"].groupby(["city_code", "year"])["output"].sum().rename("part_output")
    )
    out = cells.merge(rates, on="year")
    for extra in (part, capital, makers):
        out = out.merge(extra.reset_index(), on=["city_code", "year"], how="left")
    part_yuan = out["part_cents"].fillna(0) / 100 * out["cny_per_usd"] / 1000
    whole = part_yuan + out["part_output"].fillna(0)
    out = out.merge(controls, on=["city_code", "year"], how="left").assign(
        province_code=out["city_code"].str[:2],
        city_year=out["city_code"] + "-" + out["year"].astype(str),
        cap_ratio=part_yuan / whole.where(whole > 0),
        robot_import_usd=out["cents"] / 100,
        robot_import_units=out["quantity"],
        robot_cap=out["cents"] / 100 / out["city_cap"],
    )
    out = _instruments(out).merge(net_robots(out, rows), on=["city_code", "year"], how="left")
    return out.sort_values(["city_code", "year"], ignore_index=True)


def _capital_value(imports: pd.DataFrame, kinds: Goods) -> pd.Series:
    keyed = imports.assign(hs_revision=hs_revision(imports["year"]), hs6=imports["hs8"].str[:6]).merge(
        kinds.bec, on=["hs_revision", "hs6"]
    )
    return (keyed["cents"] * keyed["capital"] / 100).groupby([keyed["city_code"], keyed["year"]]).sum()


def _instruments(out: pd.DataFrame) -> pd.DataFrame:
    """late_robot (the year before) and other_robot (mean of the other importing cities of the province)."""
    late = (
        out[["city_code", "year", "robot"]]
        .assign(year=out["year"] + 1)
        .rename(columns={"robot": "late_robot"})
    )
    out = out.merge(late, on=["city_code", "year"], how="left")
    province = out.groupby(["province_code", "year"])
    others = province["cents"].transform("size") - 1
    rest = (province["cents"].transform("sum") - out["cents"]) / 100
    national = out.groupby("year")["cents"].transform("sum") / 100
    return out.assign(other_robot=(rest / national / others.where(others > 0)).where(others > 0))


def net_robots(cells: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """net_robot: ln robot imports (USD) beyond city controls, mean concentration of the city's firms and year effects (R2b)."""
    mean = rows.groupby(["city_code", "year"])["cic4_hhi"].mean().rename("mean_hhi").reset_index()
    known = cells.merge(mean, on=["city_code", "year"]).dropna(subset=[*CITY_CONTROLS, "mean_hhi"])
    columns = known[[*CITY_CONTROLS, "mean_hhi"]].assign(outcome=np.log(known["cents"] / 100))
    within = (columns - columns.groupby(known["year"]).transform("mean")).to_numpy()
    x, y = within[:, :-1], within[:, -1]
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return known[["city_code", "year"]].assign(net_robot=np.round(residual, 12))
