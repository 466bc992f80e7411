"""Customs records: robots, parts, exports, intermediates and the trade of firms outside the industrial survey.

A line holds year, firm (index, -1 for none of the survey), outsider (index or -1), city_code, hs8, is_import, mode, cents
(value in 1/100 USD) and quantity. Everything is drawn clean here; customs_files writes it with its defects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.simulate import industry_firms, robots
from keytech.simulate.calibrate import randomised_count
from keytech.simulate.world import World

MODES = {"ordinary": "一般贸易", "assembly": "来料加工装配贸易", "inputs": "进料加工贸易",
         "equipment": "来料加工装配进口的设备", "investment": "外商投资企业作为投资进口的设备、物品"}  # fmt: skip
PROCESSING = ("assembly", "inputs", "equipment")
OUTSIDERS, OUTSIDER_LINES = 3_000, 150_000
OUTSIDER_TRADES = ["进出口贸易", "国际贸易", "电子科技", "机械设备", "国际物流", "工贸", "实业", "外贸"]
PLANTED = {"lncap_value": 2.658, "lnn": -1.073}
# more robots, more foreign inputs: the domestic share of exports falls (R1b)
INPUTS_PULL = 5.0
PART_SUFFIX = ("10", "90")
GOODS_SUFFIX = ("00", "10", "90")
ROBOT_WEIGHT = {"84795010": 5.0, "84795090": 3.0, "84289040": 2.0, "84864031": 1.5}


@dataclass(frozen=True)
class Goods:
    """HS8 codes by what they are, from the seeds; `bec` maps (revision, hs6) to capital and intermediate rates."""

    robots: pd.DataFrame
    parts: np.ndarray
    capital: np.ndarray
    intermediates: np.ndarray
    others: np.ndarray
    bec: pd.DataFrame


def goods(world: World) -> Goods:
    """Codes that exist in all four HS revisions, apart from robots, whose seed has years of validity."""
    machines = world.seed_table("seed_robot_hs8")
    machines["valid_from"] = machines["valid_from"].astype(int)
    machines["valid_to"] = (
        pd.to_numeric(machines["valid_to"], errors="coerce").fillna(industry_firms.NEVER).astype(int)
    )
    parts = world.seed_table("seed_robot_part_hs")["hs_prefix"].to_numpy()
    bec = world.seed_table("seed_bec_hs").drop_duplicates()
    bec["capital"] = bec["bec4"].isin(["41", "521"]).astype(float)
    bec["intermediate"] = bec["bec4"].isin(["111", "121", "21", "22", "31", "322", "42", "53"]).astype(float)
    rates = bec.groupby(["hs_revision", "hs6"])[["capital", "intermediate"]].mean().reset_index()
    lasting = rates.groupby("hs6").filter(lambda g: len(g) == 4 and g["capital"].nunique() == 1)
    lasting = lasting[~lasting["hs6"].isin(set(parts) | set(machines["hs8"].str[:6]))].drop_duplicates("hs6")
    return Goods(
        robots=machines,
        parts=_eight(parts, PART_SUFFIX),
        capital=_eight(lasting.loc[lasting["capital"] == 1, "hs6"], GOODS_SUFFIX),
        intermediates=_eight(lasting.loc[lasting["intermediate"] == 1, "hs6"], GOODS_SUFFIX),
        others=_eight(
            lasting.loc[(lasting["capital"] == 0) & (lasting["intermediate"] == 0), "hs6"], GOODS_SUFFIX
        ),
        bec=rates,
    )


def _eight(hs6, suffixes: tuple[str, ...]) -> np.ndarray:
    return np.array(sorted(code + suffix for code in hs6 for suffix in suffixes), dtype=object)


def hs_revision(year: pd.Series) -> np.ndarray:
    """The Harmonized System in force in China."""
    return np.select([year <= 2001, year <= 2006, year <= 2011], ["HS1996", "HS2002", "HS2007"], "HS2012")


def codes_of_other_vintages(kinds: Goods, year: int) -> np.ndarray:
    """HS8 codes, no capital goods, whose first six digits exist in another revision and not in the one of `year`."""
    revision = str(hs_revision(pd.Series([year]))[0])
    current = set(kinds.bec.loc[kinds.bec["hs_revision"] == revision, "hs6"])
    every = kinds.bec.groupby("hs6")["capital"].max()
    return _eight([code for code in every.index[every == 0] if code not in current], ("00",))


def outsiders(world: World) -> pd.DataFrame:
    """Customs firms outside the survey, at least one in every city, ordered by city."""
    rng = world.rng("customs", "outsiders")
    every = world.cities["city_code"].to_numpy()
    city = np.sort(np.concatenate([every, rng.choice(every, OUTSIDERS - len(every), p=world.city_weights)]))
    short = world.cities.set_index("city_code")["city_short"].loc[city].to_numpy()
    trade = rng.choice(OUTSIDER_TRADES, OUTSIDERS).astype(object)
    name = industry_firms.unique_names(rng, short, trade, "registered")
    return pd.DataFrame({"outsider": np.arange(OUTSIDERS), "city_code": city, "name": name})


def robot_lines(
    world: World, shares: pd.DataFrame, rows: pd.DataFrame, others: pd.DataFrame, kinds: Goods
) -> pd.DataFrame:
    """Robot imports: each city-year's value split over lines; about half the importers are surveyed firms."""
    rng = world.rng("customs", "robots")
    value = shares["share"].to_numpy() * robots.national_usd(shares["year"].to_numpy())
    count = 1 + rng.poisson(np.minimum(0.8 + value / 4e5, 14))
    cell = np.repeat(np.arange(len(shares)), count)
    weight = rng.gamma(1.5, 1, len(cell))
    weight /= np.bincount(cell, weight)[cell]
    lines = shares.loc[cell, ["city_code", "year"]].reset_index(drop=True)
    lines["cents"] = np.maximum((weight * value[cell] * 100).astype(np.int64), 100)
    lines["quantity"] = np.maximum((lines["cents"] / 100 / robots.UNIT_USD).round(), 1)
    lines["hs8"] = _robot_codes(rng, lines["year"].to_numpy(), kinds.robots)
    lines["mode"] = rng.choice(list(MODES), len(lines), p=[0.58, 0.08, 0.12, 0.10, 0.12])
    return lines.assign(is_import=True, **_importers(rng, lines, rows, others))


def _robot_codes(rng: np.random.Generator, year: np.ndarray, machines: pd.DataFrame) -> np.ndarray:
    weight = machines["hs8"].map(ROBOT_WEIGHT).fillna(1.0).to_numpy()
    valid = (machines["valid_from"].to_numpy() <= year[:, None]) & (
        year[:, None] <= machines["valid_to"].to_numpy()
    )
    cumulated = (valid * weight).cumsum(axis=1)
    choice = (cumulated < rng.random((len(year), 1)) * cumulated[:, -1:]).sum(axis=1)
    return machines["hs8"].to_numpy(dtype=object)[choice]


def _importers(
    rng: np.random.Generator, lines: pd.DataFrame, rows: pd.DataFrame, others: pd.DataFrame
) -> dict:
    """A surveyed firm of the city and year where there is one and a coin says so, else a firm outside the survey."""
    inside = _member(
        rng, lines["city_code"] + lines["year"].astype(str), rows["city_code"] + rows["year"].astype(str)
    )
    outside = _member(rng, lines["city_code"], others["city_code"])
    surveyed = (inside >= 0) & (rng.random(len(lines)) < 0.5)
    firm = np.where(surveyed, rows["firm"].to_numpy()[inside], -1)
    return {"firm": firm, "outsider": np.where(surveyed, -1, others["outsider"].to_numpy()[outside])}


def _member(rng: np.random.Generator, wanted: pd.Series, keys: pd.Series) -> np.ndarray:
    """Position in `keys` of a random member with the wanted key, -1 where there is none."""
    order = np.argsort(keys.to_numpy(), kind="stable")
    ordered = keys.to_numpy()[order]
    left = np.searchsorted(ordered, wanted.to_numpy(), side="left")
    right = np.searchsorted(ordered, wanted.to_numpy(), side="right")
    pick = left + (rng.random(len(wanted)) * (right - left)).astype(int)
    return np.where(right > left, order[np.minimum(pick, len(order) - 1)], -1)


def city_robots(lines: pd.DataFrame) -> pd.DataFrame:
    """One row per city and year with robot imports: cents, cents without processing trade, units and the share `robot`."""
    ordinary = lines["cents"].where(~lines["mode"].isin(PROCESSING), 0)
    cells = lines.assign(ordinary=ordinary).groupby(["city_code", "year"], as_index=False)
    frame = cells[["cents", "ordinary", "quantity"]].sum()
    national = frame.groupby("year")[["cents", "ordinary"]].transform("sum")
    frame["robot"] = (frame["cents"] / 100) / (national["cents"] / 100)
    return frame.assign(robot_excl_processing=(frame["ordinary"] / 100) / (national["ordinary"] / 100))


def firm_lines(world: World, rows: pd.DataFrame, kinds: Goods) -> pd.DataFrame:
    """Trade of surveyed firms: parts, exports, intermediates. `rows` carries `robot` (0 where the city imports none)."""
    parts = _part_lines(world.rng("customs", "parts"), rows, kinds)
    exports = _export_lines(world.rng("customs", "exports"), rows, kinds)
    inputs = _input_lines(world.rng("customs", "inputs"), rows, kinds)
    return pd.concat([parts, exports, inputs], ignore_index=True).assign(outsider=-1)


def _firm_effect(rng: np.random.Generator, rows: pd.DataFrame, sd: float) -> np.ndarray:
    return rng.normal(0, sd, int(rows["firm"].max()) + 1)[rows["firm"]]


def _split(
    rng: np.random.Generator, base: pd.DataFrame, usd: np.ndarray, count: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray]:
    """`base` repeated `count` times with cents that add up to the value of each row (to the cent per line)."""
    cell = np.repeat(np.arange(len(base)), count)
    weight = rng.gamma(2.0, 1, len(cell))
    weight /= np.bincount(cell, weight, minlength=len(base))[cell]
    lines = base[["firm", "year", "city_code"]].iloc[cell].reset_index(drop=True)
    lines["cents"] = np.maximum((weight * usd[cell] * 100).astype(np.int64), 100)
    lines["quantity"] = np.maximum((lines["cents"] / 100 / np.exp(rng.normal(3, 1.2, len(lines)))).round(), 1)
    return lines, cell


def _part_lines(rng: np.random.Generator, rows: pd.DataFrame, kinds: Goods) -> pd.DataFrame:
    importer = rng.random(int(rows["firm"].max()) + 1) < 0.60
    base = rows[importer[rows["firm"]] & (rng.random(len(rows)) < 0.85)].reset_index(drop=True)
    value = (
        8.6
        + _firm_effect(rng, base, 1.2)
        + 0.08 * (base["year"] - 2007)
        + PLANTED["lncap_value"] * base["robot"]
    )
    usd = np.exp(value + rng.normal(0, 0.7, len(base))).to_numpy()
    lines, _ = _split(rng, base, usd, 1 + (rng.random(len(base)) < 0.4))
    lines["hs8"] = rng.choice(kinds.parts, len(lines))
    lines["mode"] = rng.choice(["ordinary", "inputs", "investment"], len(lines), p=[0.8, 0.15, 0.05])
    return lines.assign(is_import=True)


def _export_lines(rng: np.random.Generator, rows: pd.DataFrame, kinds: Goods) -> pd.DataFrame:
    """Exports of about 85 % of the survey's value; the number of distinct codes has E ln n = its index."""
    base = rows[(rows["exports"] > 0).to_numpy() & (rng.random(len(rows)) < 0.85)].reset_index(drop=True)
    index = (
        1.25
        + _firm_effect(rng, base, 0.35)
        + PLANTED["lnn"] * base["robot"]
        + rng.uniform(-0.5, 0.5, len(base))
    )
    count = np.minimum(1 + randomised_count(index.to_numpy(), rng.random(len(base))), 30)
    usd = (base["exports"] * 1000 / 7.5 * rng.uniform(0.6, 0.95, len(base))).to_numpy()
    lines, cell = _split(rng, base, usd, count)
    pool = np.concatenate([kinds.others, kinds.intermediates])
    start = rng.integers(0, len(pool), len(base))[cell]
    place = np.arange(len(cell)) - np.concatenate([[0], np.cumsum(count)[:-1]])[cell]
    lines["hs8"] = pool[(start + 7 * place) % len(pool)]
    share = rng.choice([0.0, 0.3, 0.8], int(rows["firm"].max()) + 1, p=[0.45, 0.3, 0.25])[lines["firm"]]
    processing = rng.random(len(lines)) < share
    lines["mode"] = np.where(
        processing, rng.choice(["assembly", "inputs"], len(lines), p=[0.3, 0.7]), "ordinary"
    )
    return lines.assign(is_import=False)


def _input_lines(rng: np.random.Generator, rows: pd.DataFrame, kinds: Goods) -> pd.DataFrame:
    """Imports of intermediates by two thirds of the exporters and of capital goods by some of them."""
    base = rows[(rows["exports"] > 0).to_numpy() & (rng.random(len(rows)) < 0.65)].reset_index(drop=True)
    usd = (base["exports"] * 1000 / 7.5 * rng.beta(1.2, 6, len(base))).to_numpy()
    usd = usd * np.exp(INPUTS_PULL * np.minimum(base["robot"].to_numpy() - 0.05, 0.15))
    lines, _ = _split(rng, base, usd, 1 + rng.integers(0, 3, len(base)))
    capital = rng.random(len(lines)) < 0.15
    lines["hs8"] = np.where(
        capital, rng.choice(kinds.capital, len(lines)), rng.choice(kinds.intermediates, len(lines))
    )
    lines["mode"] = rng.choice(["ordinary", "inputs", "assembly"], len(lines), p=[0.6, 0.28, 0.12])
    return lines.assign(is_import=True)


def outsider_lines(
    rng: np.random.Generator, others: pd.DataFrame, kinds: Goods, n: int, *, harmless: bool = False
) -> pd.DataFrame:
    """`n` lines of firms outside the survey. `harmless`: ordinary goods only, which enter no variable of a panel."""
    who = rng.integers(0, len(others), n)
    lines = pd.DataFrame({"outsider": who, "city_code": others["city_code"].to_numpy()[who]})
    lines["year"] = 2000 + np.minimum((14 * rng.beta(1.3, 1.0, n)).astype(int), 13)
    lines["cents"] = np.maximum(np.exp(rng.normal(14.2, 1.9, n)), 100).astype(np.int64)
    lines["quantity"] = np.maximum((lines["cents"] / 100 / np.exp(rng.normal(3, 1.2, n))).round(), 1)
    pool = np.concatenate([kinds.others, kinds.intermediates])
    special = np.zeros(n) if harmless else rng.random(n)
    hs8 = np.where(special > 0.94, rng.choice(kinds.parts, n), rng.choice(pool, n))
    lines["hs8"] = np.where((special > 0.84) & (special <= 0.94), rng.choice(kinds.capital, n), hs8)
    lines["is_import"] = (special > 0.84) | (rng.random(n) < 0.4)
    lines["mode"] = rng.choice(["ordinary", "inputs", "assembly", "investment"], n, p=[0.7, 0.18, 0.09, 0.03])
    return lines.assign(firm=-1)
