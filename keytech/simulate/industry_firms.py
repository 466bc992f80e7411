"""The industrial firms: who they are, where, in which industry, under which names and codes, and for how long."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import industry_codes as codes
from keytech.simulate import names
from keytech.simulate.world import World

FIRST, LAST = 2000, 2013
NEVER = 9999
COUNTS = {"upstream": 3_350, "wholesale": 220, "other": 4_600}
UPSTREAM_CIC = {
    "4111": 5, "3923": 4, "3552": 4, "4061": 4, "3912": 3, "3525": 3, "4112": 2, "4128": 2, "3521": 3, "3725": 3,
    "4115": 1, "3662": 1,
}  # fmt: skip
UPSTREAM_TRADES = [
    "减速机", "传动", "伺服技术", "自动化", "传感技术", "控制系统", "机电", "仪表", "精密机械", "电机", "智能装备", "驱动技术",
]  # fmt: skip
OTHER_TRADES = [
    "机械", "化工", "纺织", "服饰", "食品", "电子", "电器", "建材", "塑胶", "金属制品", "纸业", "医药", "汽车部件", "五金", "家具", "玻璃", "陶瓷",
    "橡胶", "钢铁", "铝业", "酒业", "饲料", "包装", "印刷", "玩具", "鞋业", "模具", "阀门", "电缆", "光学",
]  # fmt: skip
OWNERSHIP = {"private": (0.62, ("171", "173", "174")), "foreign": (0.31, ("330", "310", "230", "210")), "state": (0.07, ("110", "151"))}  # fmt: skip
NO_CITY_2000 = 3
# firms that change their city or their industry once; makers of parts change industry more often
MOVERS, SWITCHERS, SWITCHING_MAKERS = 0.01, 0.03, 0.12


def build(world: World, listed: pd.DataFrame | None) -> pd.DataFrame:
    """One row per industrial firm; `listed` (name, credit_code, city_code) adds listed makers as ordinary firms."""
    rng = world.rng("industry", "firms")
    kinds = np.repeat(list(COUNTS), list(COUNTS.values()))
    firms = pd.DataFrame({"firm": np.arange(len(kinds)), "kind": kinds})
    firms = firms.assign(**_places(rng, world, kinds), **_industry(rng, world, kinds), **_lives(rng, firms))
    firms = firms.assign(**_names(rng, world, firms), **_identity(rng, firms))
    firms = _with_listed(firms, listed, rng)
    return _keyed(firms)


def unserved_cities(world: World) -> np.ndarray:
    """Cities without any surveyed firm in 2000: their instrument is undefined."""
    middle = world.cities.sort_values(["size", "city_code"], ascending=False)["city_code"].to_numpy()
    return middle[[34, 41, 55]][:NO_CITY_2000]


def _places(rng: np.random.Generator, world: World, kinds: np.ndarray) -> dict:
    cities, weights = world.cities["city_code"].to_numpy(), world.city_weights
    clustered = weights**1.2 / (weights**1.2).sum()
    makers = kinds == "upstream"
    city = np.where(
        makers, rng.choice(cities, len(kinds), p=clustered), rng.choice(cities, len(kinds), p=weights)
    )
    moves = rng.random(len(kinds)) < MOVERS
    return {
        "city_code": city,
        "city_later": np.where(moves, rng.choice(cities, len(kinds), p=weights), city),
        "move_year": np.where(moves, rng.integers(FIRST + 2, LAST, len(kinds)), NEVER),
        "county": rng.choice(["02", "03", "04", "05", "06", "81"], len(kinds)),
        "in_old_unit": rng.random(len(kinds)) < 0.08,
    }


def _industry(rng: np.random.Generator, world: World, kinds: np.ndarray) -> dict:
    every = codes.industries(world.seed_table("seed_cic_concordance"))["cic4"].to_numpy()
    missing = sorted(set(UPSTREAM_CIC) - set(every))
    if missing:
        raise ValueError(f"seed_cic_concordance lacks the industries of upstream firms: {missing}")
    weight = np.exp(rng.normal(0, 0.8, len(every)))
    weight[np.isin(every, list(UPSTREAM_CIC))] *= 1.5
    own = np.array(list(UPSTREAM_CIC))
    share = np.array(list(UPSTREAM_CIC.values()), dtype=float)
    upstream = rng.choice(own, len(kinds), p=share / share.sum())
    other = rng.choice(every, len(kinds), p=weight / weight.sum())
    cic = np.where(kinds == "upstream", upstream, other)
    switches = rng.random(len(kinds)) < np.where(kinds == "upstream", SWITCHING_MAKERS, SWITCHERS)
    second = np.where(kinds == "upstream", rng.choice(own, len(kinds)), rng.choice(every, len(kinds)))
    return {
        "cic4": cic,
        "cic4_later": np.where(switches, second, cic),
        "switch_year": np.where(switches, rng.integers(FIRST + 1, LAST, len(kinds)), NEVER),
    }


def _lives(rng: np.random.Generator, firms: pd.DataFrame) -> dict:
    """First and last year in the survey, and the year of opening."""
    n = len(firms)
    years = np.arange(FIRST, LAST + 1)
    weight = np.where(years == FIRST, 5.0, np.exp(0.05 * (years - FIRST)))
    first = rng.choice(years, n, p=weight / weight.sum())
    last = np.minimum(first + 1 + rng.geometric(0.11, n), LAST)
    age = np.minimum(rng.gamma(1.3, 5.5, n).astype(int), 95)
    return {"first_year": first, "last_year": last, "founded": first - age}


def _names(rng: np.random.Generator, world: World, firms: pd.DataFrame) -> dict:
    """Current names, and former names of about one firm in eight with the year of the change."""
    n = len(firms)
    short = world.cities.set_index("city_code")["city_short"]
    trades = np.where(
        firms["kind"] == "upstream", rng.choice(UPSTREAM_TRADES, n), rng.choice(OTHER_TRADES, n)
    ).astype(object)
    both = unique_names(
        rng, np.tile(short.loc[firms["city_code"]].to_numpy(), 2), np.tile(trades, 2), "industrial"
    )
    renamed = rng.random(n) < 0.13
    change = rng.integers(FIRST + 1, LAST + 1, n)
    return {
        "name": both[:n],
        "former_name": np.where(renamed, both[n:], ""),
        "rename_year": np.where(renamed, change, NEVER),
    }


def unique_names(rng: np.random.Generator, places: np.ndarray, trades: np.ndarray, pool: str) -> np.ndarray:
    """Names of which no two share place, brand and trade, whatever their legal form and brackets."""
    brands = names.brands(rng, 6_400, pool)
    keys = pd.DataFrame(
        {"place": places, "trade": trades, "brand": rng.integers(0, len(brands), len(places))}
    )
    while (again := keys.duplicated().to_numpy()).any():
        keys.loc[again, "brand"] = rng.integers(0, len(brands), int(again.sum()))
    n = len(keys)
    form = rng.choice(
        ["有限公司", "有限责任公司", "股份有限公司", "（集团）有限公司"], n, p=[0.74, 0.16, 0.07, 0.03]
    )
    with_city, in_middle = rng.random(n) < 0.5, rng.random(n) < 0.06
    parts = zip(places, brands[keys["brand"]], trades, form, with_city, in_middle, strict=True)
    return np.array([_name(*part) for part in parts], dtype=object)


def _name(place: str, brand: str, trade: str, form: str, with_city: bool, in_middle: bool) -> str:
    if in_middle:
        return f"{brand}（{place}）{trade}{form}"
    return f"{place}{'市' if with_city else ''}{brand}{trade}{form}"


def _identity(rng: np.random.Generator, firms: pd.DataFrame) -> dict:
    """Codes and ownership. A firm cancelled before the codes of 2015 has no unified code; some codes are cut short."""
    n = len(firms)
    legal = codes.legal_codes(rng, n)
    municipal = firms["city_code"].str[2:] == "00"
    district = np.where(municipal, firms["city_code"].str[:2] + "01", firms["city_code"]) + firms["county"]
    credit = codes.credit_codes(district.to_numpy(dtype=object), legal)
    gone = (firms["last_year"] < LAST - 1).to_numpy() & (rng.random(n) < 0.25)
    credit = np.where(gone | (rng.random(n) < 0.03), "", credit)
    kinds = np.array(list(OWNERSHIP))
    owner = rng.choice(kinds, n, p=[OWNERSHIP[k][0] for k in kinds])
    kind_no = rng.integers(0, 2, n)
    return {
        "legal_code": legal,
        "credit_code": credit,
        "is_cancelled": gone,
        "is_registered": (firms["kind"] != "other").to_numpy() | (rng.random(n) > 0.03),
        "is_credit_cut": (credit != "") & (rng.random(n) < 0.006),
        "ownership": owner,
        "registration_type": np.array([OWNERSHIP[o][1][k] for o, k in zip(owner, kind_no, strict=True)]),
    }


def _with_listed(firms: pd.DataFrame, listed: pd.DataFrame | None, rng: np.random.Generator) -> pd.DataFrame:
    """Listed makers as firms of the kind `listed`: their own name, code and city, everything else drawn."""
    if listed is None or listed.empty:
        return firms
    chosen = listed.sort_values("credit_code", ignore_index=True)
    like = firms[firms["kind"] == "other"].sample(len(chosen), random_state=int(rng.integers(2**31)))
    new = like.reset_index(drop=True).assign(
        kind="listed",
        name=chosen["name"],
        former_name="",
        rename_year=NEVER,
        credit_code=chosen["credit_code"],
        legal_code=chosen["credit_code"].str[8:17],
        city_code=chosen["city_code"],
        city_later=chosen["city_code"],
        is_credit_cut=False,
        is_registered=True,
        is_cancelled=False,
    )
    return pd.concat([firms, new], ignore_index=True).assign(firm=lambda f: np.arange(len(f)))


def _keyed(firms: pd.DataFrame) -> pd.DataFrame:
    """Adds firm_id: the unified code where the registry knows it, else the organisation code of the survey."""
    coded = (firms["credit_code"] != "") & ~firms["is_credit_cut"] & firms["is_registered"]
    return firms.assign(firm_id=np.where(coded, firms["credit_code"], firms["legal_code"]))
