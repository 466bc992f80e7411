"""The survey years of the industrial firms: where, in which industry, and with which amounts (1000 yuan)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import industry_production as production
from keytech.simulate.industry_firms import unserved_cities
from keytech.simulate.world import World

PLANTED = {"lnexpense": 0.364, "lnprofit": -3.134}
MISSING = {"employees": 0.0074, "output": 0.0049, "fixed_assets": 0.0086, "founding_year": 0.0008}
CAPITAL = ("state", "collective", "legal", "individual", "hmt", "foreign")
MAIN_CAPITAL = {"110": "state", "151": "state", "171": "individual", "173": "individual", "174": "individual",
                "330": "foreign", "310": "foreign", "230": "hmt", "210": "hmt"}  # fmt: skip


def build(world: World, firms: pd.DataFrame) -> pd.DataFrame:
    """One row per firm and survey year, ordered by firm and year, without what depends on robots."""
    rng = world.rng("industry", "years")
    rows = _grid(firms)
    rows = rows[~_unserved(world, rows)]
    gap = (rng.random(len(rows)) < 0.02) & (rows["year"] > rows["first_year"]).to_numpy()
    rows = rows[~gap].reset_index(drop=True)
    rows["lnlabour"] = _path(rng, rows, mean=5.25, between=1.05, within=0.16, trend=0.01)
    rows["lnratio"] = _path(rng, rows, mean=3.95, between=1.25, within=0.38, trend=0.03)
    start, shock = rng.normal(size=int(rows["firm"].max()) + 1), rng.normal(size=len(rows))
    rows["omega"] = production.productivity(rows["firm"].to_numpy(), rows["year"].to_numpy(), start, shock)
    rows["price"] = rows["year"].map(_producer_prices(world))
    rows = rows.assign(**_amounts(rng, rows), **_capital(rng, rows))
    return _with_gaps(rng, rows)


def _grid(firms: pd.DataFrame) -> pd.DataFrame:
    spells = (firms["last_year"] - firms["first_year"] + 1).to_numpy()
    rows = firms.loc[np.repeat(firms.index.to_numpy(), spells)].reset_index(drop=True)
    rows["year"] = rows["first_year"] + rows.groupby("firm").cumcount()
    rows["city_code"] = np.where(rows["year"] >= rows["move_year"], rows["city_later"], rows["city_code"])
    rows["cic4"] = np.where(rows["year"] >= rows["switch_year"], rows["cic4_later"], rows["cic4"])
    rows["name_of_year"] = np.where(rows["year"] < rows["rename_year"], rows["former_name"], rows["name"])
    rows["name_of_year"] = np.where(rows["name_of_year"] == "", rows["name"], rows["name_of_year"])
    return rows


def _unserved(world: World, rows: pd.DataFrame) -> np.ndarray:
    """Rows of 2000 in the cities that no firm of that year stands in."""
    return (rows["year"] == 2000).to_numpy() & rows["city_code"].isin(unserved_cities(world)).to_numpy()


def _path(rng, rows: pd.DataFrame, *, mean: float, between: float, within: float, trend: float) -> np.ndarray:
    """A log level: firm effect, common trend, and a firm's own noise (half of it lasting one more year)."""
    level = rng.normal(mean, between, int(rows["firm"].max()) + 1)[rows["firm"]]
    noise = rng.normal(0, within, len(rows))
    lagged = np.where(rows["firm"].diff() == 0, np.roll(noise, 1), 0.0)
    return level + trend * (rows["year"] - 2007).to_numpy() + 0.8 * noise + 0.5 * lagged


def _amounts(rng: np.random.Generator, rows: pd.DataFrame) -> dict:
    n = len(rows)
    employees = np.maximum(np.exp(rows["lnlabour"]).round(), 5)
    fixed = np.maximum((employees * np.exp(rows["lnratio"])).round(), 1)
    exporter = rng.random(int(rows["firm"].max()) + 1) < 0.30
    export_share = 0.8 * np.where(exporter[rows["firm"]], rng.beta(1.6, 3.2, n), 0.0)
    made = _production(rows, employees, fixed, exporter[rows["firm"]], export_share)
    output = np.maximum((made["output"] * np.exp(rng.normal(0, production.ERROR, n))).round(), 20)
    return {
        "employees": employees,
        "fixed_assets": fixed,
        "output": output,
        "sales": np.maximum((output * rng.uniform(0.9, 1.02, n)).round(), 1),
        "exports": (output * export_share).round(),
        "is_exporter": exporter[rows["firm"]],
        "intermediate_input": np.where(rows["year"] <= 2007, np.maximum(made["material"].round(), 1), np.nan),
        "markup": made["markup"],
        "material_elasticity": made["elasticity"],
        "total_assets": (fixed * np.exp(rng.normal(0.75, 0.25, n))).round() + 1,
        "wages": (employees * np.exp(rng.normal(2.6, 0.3, n) + 0.1 * (rows["year"] - 2007))).round(),
        "founding_year": np.minimum(rows["founded"], rows["year"]).astype(float),
    }


def _production(rows: pd.DataFrame, employees, fixed, exporter, export_share) -> pd.DataFrame:
    """Planned output and materials (1000 yuan of the year), markup and elasticity of materials."""
    lnlabour, lnprice = np.log(employees), np.log(rows["price"])
    base = production.technology(rows["cic4"].str[:2])
    foreign = (rows["ownership"] == "foreign").to_numpy()
    lnmarkup = production.log_markup(lnlabour, exporter, foreign, export_share)
    logs = production.produce(base, lnlabour, np.log(fixed) - lnprice, rows["omega"], lnmarkup)
    return pd.DataFrame(
        {
            "output": np.exp(logs["output"] + lnprice),
            "material": np.exp(logs["material"] + lnprice),
            "markup": np.exp(lnmarkup),
            "elasticity": logs["elasticity"],
        }
    )


def _producer_prices(world: World) -> pd.Series:
    """Producer price index by year, 2012 = 1."""
    rates = world.seed_table("seed_exchange_rate").astype(
        {"year": int, "producer_price_previous_year_100": float}
    )
    level = (rates.set_index("year").sort_index()["producer_price_previous_year_100"] / 100).cumprod()
    return level / level[2012]


def _capital(rng: np.random.Generator, rows: pd.DataFrame) -> dict:
    """Paid-in capital by owner: the main owner holds at least seven tenths; a few rows report none."""
    n = len(rows)
    total = np.maximum((rows["lnlabour"].rpow(np.e) * np.exp(rng.normal(2.5, 0.6, n))).round(), 10)
    main = rows["registration_type"].map(MAIN_CAPITAL).to_numpy()
    share = rng.uniform(0.7, 1.0, n)
    second = np.where(main == "individual", "legal", "individual")
    blank = rng.random(n) < 0.03
    parts = {}
    for owner in CAPITAL:
        amount = np.where(main == owner, share, np.where(second == owner, 1 - share, 0.0)) * total
        parts[f"capital_{owner}"] = np.where(blank, np.nan, amount.round())
    return parts


def _with_gaps(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    """Amounts a firm did not report: blank for good, here and in the survey. 2000 employment is always there."""
    rows = rows.copy()
    for column, rate in MISSING.items():
        hit = (rng.random(len(rows)) < rate) & (rows["year"] > 2000).to_numpy()
        rows.loc[hit, column] = np.nan
    return rows


def trimmed(world: World, rows: pd.DataFrame, cells: pd.DataFrame, target: int) -> pd.DataFrame:
    """`rows` without so many upstream firm-years after 2000 that exactly `target` stand in cities with robot imports.

    Raises ValueError where the draw holds fewer than `target`.
    """
    keys = pd.MultiIndex.from_frame(cells[["city_code", "year"]])
    here = (
        pd.MultiIndex.from_frame(rows[["city_code", "year"]]).isin(keys)
        & (rows["kind"] == "upstream").to_numpy()
    )
    excess = int(here.sum()) - target
    if excess < 0:
        raise ValueError(
            f"{here.sum()} upstream firm-years in cities with robot imports, {target} are needed"
        )
    rng = world.rng("industry", "trim")
    rows = rows[~_whole_firms(rng, rows, here, excess)].reset_index(drop=True)
    here = (
        pd.MultiIndex.from_frame(rows[["city_code", "year"]]).isin(keys)
        & (rows["kind"] == "upstream").to_numpy()
    )
    free = np.flatnonzero(here & (rows["year"] > 2000).to_numpy())
    single = rng.choice(free, int(here.sum()) - target, replace=False)
    return rows.drop(index=single).reset_index(drop=True)


def _whole_firms(rng: np.random.Generator, rows: pd.DataFrame, here: np.ndarray, excess: int) -> np.ndarray:
    """Rows of firms drawn at random, first surveyed after 2000, that together hold at most `excess` of the rows `here`."""
    held = rows.assign(here=here).groupby("firm").agg(held=("here", "sum"), first=("year", "min"))
    free = held[(held["held"] > 0) & (held["first"] > 2000)]
    drawn = free.iloc[rng.permutation(len(free))]
    return rows["firm"].isin(drawn.index[drawn["held"].cumsum() <= excess]).to_numpy()


def with_results(world: World, rows: pd.DataFrame) -> pd.DataFrame:
    """Adds selling expense and total profit, which depend on `robot` (missing where a city imports none: taken as 0)."""
    rng = world.rng("industry", "results")
    n, robot = len(rows), rows["robot"].fillna(0.0)
    effect = rng.normal(0, 0.6, (2, int(rows["firm"].max()) + 1))[:, rows["firm"]]
    output = rows["output"].fillna(1000.0)
    expense = output * np.exp(-3.6 + effect[0] + PLANTED["lnexpense"] * robot + rng.normal(0, 0.35, n))
    profit = output * np.exp(-2.9 + effect[1] + PLANTED["lnprofit"] * robot + rng.normal(0, 0.5, n))
    loss = rng.random(n) < 0.136
    return rows.assign(
        robot=robot,
        selling_expense=np.where(rng.random(n) < 0.17, np.nan, np.maximum(expense.round(), 1)),
        total_profit=np.where(loss, -(0.4 * profit).round(), np.maximum(profit.round(), 1)),
    )
