"""Listed firms of the synthetic economy: registry, name history, subsidiaries and where they sit."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pandas as pd

from keytech.simulate import names
from keytech.simulate.listed_industries import INDUSTRIES
from keytech.simulate.world import World

LISTINGS = {
    1995: 290, 1996: 170, 1997: 190, 1998: 100, 1999: 100, 2000: 150, 2001: 80, 2002: 70, 2003: 66, 2004: 98,
    2005: 15, 2006: 66, 2007: 125, 2008: 77, 2009: 99, 2010: 280, 2011: 220, 2012: 150, 2013: 4, 2014: 240,
    2015: 0, 2016: 230, 2017: 200, 2018: 70, 2019: 110, 2020: 120,
}  # fmt: skip
BOARDS = (("600", 0.42), ("000", 0.22), ("002", 0.20), ("300", 0.16))
RARE_DELISTING = 0.045
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
LEGAL_END = re.compile(r"(集团)?(股份)?(有限责任|责任有限|有限)公司(集团)?$|集团公司$|股份公司$|总公司$")


def name_key(name: str) -> str:
    """A firm name without brackets, blanks and its legal form: two firms of one world never share it."""
    return LEGAL_END.sub("", re.sub(r"[()（）\s\u3000]", "", name))


def credit_code(name: str, division: str) -> str:
    """A valid unified social credit code (GB 32100-2015) that depends on name and division code only."""
    digest = hashlib.sha256(name.encode()).digest()
    body = "91" + division.ljust(6, "0")[:6] + "".join(CREDIT_ALPHABET[b % 31] for b in digest[:9])
    check = sum(CREDIT_ALPHABET.index(c) * w for c, w in zip(body, CREDIT_WEIGHTS, strict=True)) % 31
    return body + CREDIT_ALPHABET[(31 - check) % 31]


def firms(world: World) -> pd.DataFrame:
    """One row per listed firm, ordered by stkcd.

    stkcd, brand, trade, full_name (also as name), short_name, credit_code, city_code, founding_date, listing_date, delisting_date (NaT), csrc2, csrc_2001,
    city (position in world.cities), office, moved (year of a move or 0), city_before, ownership, is_b_share False.
    """
    rng = world.rng("listed", "firms")
    years = np.repeat(list(LISTINGS), list(LISTINGS.values()))
    n = len(years)
    frame = pd.DataFrame({"listing_date": _dates(rng, years), "stkcd": _codes(rng, n)})
    frame["csrc2"] = _industries(rng, years)
    frame["founding_date"] = frame["listing_date"] - pd.to_timedelta(
        rng.gamma(2.0, 1100, n).astype(int) + 200, "D"
    )
    frame["delisting_date"] = _delistings(rng, frame["listing_date"])
    frame["city"] = rng.choice(len(world.cities), n, p=world.city_weights)
    frame["office"] = np.where(
        rng.random(n) < 0.05, rng.choice(len(world.cities), n, p=world.city_weights), frame["city"]
    )
    frame["moved"] = np.where(rng.random(n) < 0.02, rng.integers(2004, 2018, n), 0)
    frame["city_before"] = np.where(
        frame["moved"] > 0, rng.choice(len(world.cities), n, p=world.city_weights), frame["city"]
    )
    frame["ownership"] = rng.choice(["国企", "民营", "外资", "其他"], n, p=[0.40, 0.52, 0.05, 0.03])
    frame["csrc_2001"] = _old_codes(world, rng, frame["csrc2"])
    frame = _named(world, rng, frame)
    frame["city_code"] = world.cities["city_code"].to_numpy()[frame["city"]]
    frame["name"] = frame["full_name"]
    frame["credit_code"] = [
        credit_code(n, c) for n, c in zip(frame["full_name"], frame["city_code"], strict=True)
    ]
    frame["founding_year"] = frame["founding_date"].dt.year + np.where(rng.random(n) < 0.003, 12, 0)
    return frame.sort_values("stkcd", ignore_index=True)


def _dates(rng: np.random.Generator, years: np.ndarray) -> np.ndarray:
    days = rng.integers(20, 340, len(years))
    return pd.to_datetime(pd.Series(years).astype(str) + "-01-01").to_numpy() + days.astype("timedelta64[D]")


def _codes(rng: np.random.Generator, n: int) -> np.ndarray:
    """Distinct six-digit codes: Shanghai 600-603, Shenzhen main board 000, SME board 002, ChiNext 300."""
    prefixes, shares = zip(*BOARDS, strict=True)
    board = rng.choice(len(BOARDS), n, p=shares)
    codes = np.empty(n, dtype=object)
    for i, prefix in enumerate(prefixes):
        mine = np.flatnonzero(board == i)
        first = int(prefix) * 1000
        codes[mine] = [
            f"{first + 1 + number:06d}" for number in rng.permutation(3998 if i == 0 else 998)[: len(mine)]
        ]
    return codes


def _industries(rng: np.random.Generator, years: np.ndarray) -> np.ndarray:
    """Drawn by weight; the oldest cohort holds six firms of every class, so that industry-years are no singletons."""
    classes = np.array(list(INDUSTRIES), dtype=object)
    weight = np.array([w for w, _ in INDUSTRIES.values()], float)
    drawn = rng.choice(classes, len(years), p=weight / weight.sum())
    real = [c for c in classes if not c.startswith("J")]
    drawn[: 6 * len(real)] = np.repeat(real, 6)
    return drawn


def _delistings(rng: np.random.Generator, listed: pd.Series) -> pd.Series:
    n = len(listed)
    late = listed + pd.to_timedelta(rng.integers(5 * 365, 20 * 365, n), "D")
    last = np.arange(n) >= 6 * (len(INDUSTRIES) - 4)
    gone = (rng.random(n) < RARE_DELISTING) & last & (late.dt.year <= 2021).to_numpy()
    return late.where(gone)


def _old_codes(world: World, rng: np.random.Generator, csrc2: pd.Series) -> np.ndarray:
    """A class of the 2001 guide that leads to the firm's class of 2012."""
    pairs = world.seed_table("seed_csrc_2001_2012").groupby("csrc_2012")["csrc_2001"].agg(list)
    pairs["C36"] = ["C7505", "C75"]
    pick = rng.integers(0, 1000, len(csrc2))
    return np.array([pairs[c][k % len(pairs[c])] for c, k in zip(csrc2, pick, strict=True)], dtype=object)


def _named(world: World, rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    n = len(frame)
    city = world.cities.iloc[frame["city"].to_numpy()]
    place = np.where(rng.random(n) < 0.6, city["city_short"], city["city_name"]).astype(object)
    place[rng.random(n) < 0.12] = ""
    trades = [INDUSTRIES[c][1] for c in frame["csrc2"]]
    trade = np.array(
        [t[k % len(t)] for t, k in zip(trades, rng.integers(0, 60, n), strict=True)], dtype=object
    )
    brand = names.brands(rng, n, "listed")
    group = np.where(rng.random(n) < 0.12, "集团", "")
    full = np.array(
        [f"{p}{b}{t}{g}股份有限公司" for p, b, t, g in zip(place, brand, trade, group, strict=True)],
        dtype=object,
    )
    short = np.array([(b + t)[:4] for b, t in zip(brand, trade, strict=True)], dtype=object)
    return frame.assign(brand=brand, trade=trade, place=place, full_name=full, short_name=short)


def name_history(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """One row per firm and name: stkcd, name, name_type, valid_from, valid_to; about a quarter changed their name."""
    rng = world.rng("listed", "names")
    n = len(frame)
    changed = rng.random(n) < 0.25
    twice = changed & (rng.random(n) < 0.2)
    kinds = rng.integers(0, 3, (n, 2))
    cut = rng.random((n, 2))
    fresh = iter(
        names.brands(world.rng("listed", "former brands"), int(changed.sum() + twice.sum()), "former")
    )
    rows = []
    for i, firm in enumerate(frame.itertuples()):
        end = pd.Timestamp("2021-12-31")
        start, later = firm.founding_date, firm.listing_date
        changes = sorted(later + (end - later) * c for c in cut[i][: int(changed[i]) + int(twice[i])])
        old = [_former(firm, kinds[i, k], next(fresh)) for k in range(len(changes))]
        bounds = [start, *(c.normalize() for c in changes)]
        day = pd.Timedelta(days=1)
        rows += [(firm.stkcd, old[k], "曾用名", bounds[k], bounds[k + 1] - day) for k in range(len(old))]
        rows.append((firm.stkcd, firm.full_name, "现用名", bounds[-1], pd.NaT))
    return pd.DataFrame(rows, columns=["stkcd", "name", "name_type", "valid_from", "valid_to"])


def _former(firm, kind: int, fresh: str) -> str:
    """A former name: another brand (0), another place-and-brand order (1), or another brand as a group (2)."""
    if kind == 0:
        return f"{firm.place}{fresh}{firm.trade}股份有限公司"
    if kind == 1:
        return f"{firm.place}{fresh}实业股份有限公司"
    return f"{firm.place}{fresh}（集团）股份有限公司"


def subsidiaries(world: World, frame: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """One row per firm and subsidiary: stkcd, subsidiary_name, first_year, holding_pct, is_controlled.

    Names carry the parent's brand with another place or trade; a few are research institutes (研究院).
    """
    rng = world.rng("listed", "subsidiaries")
    owner = np.repeat(np.arange(len(frame)), rng.integers(1, 5, len(frame)))
    n = len(owner)
    parent = frame.iloc[owner].reset_index(drop=True)
    city = world.cities.iloc[rng.choice(len(world.cities), n, p=world.city_weights)]
    suffix = rng.choice(["科技", "贸易", "新材料科技", "智能科技", "电子科技", "研究院", "投资", "国际贸易", "机电"], n,
                        p=[0.2, 0.1, 0.15, 0.15, 0.1, 0.05, 0.1, 0.05, 0.1])  # fmt: skip
    name = city["city_short"].to_numpy() + parent["brand"].to_numpy() + suffix + "有限公司"
    holding = np.where(rng.random(n) < 0.85, rng.uniform(51, 100, n), rng.uniform(5, 49, n)).round(2)
    out = pd.DataFrame(
        {"stkcd": parent["stkcd"], "subsidiary_name": name, "owner": owner, "holding_pct": holding}
    )
    listed = parent["listing_date"].dt.year.to_numpy()
    out["first_year"] = np.minimum(listed + rng.integers(0, 12, n), 2021)
    out["city"] = city.index.to_numpy()
    out["is_controlled"] = np.where(out["holding_pct"] > 50, "是", "否")
    keys = out["subsidiary_name"].map(name_key)
    taken = set(history["name"].map(name_key))
    return out[~keys.duplicated() & ~keys.isin(taken)].reset_index(drop=True)
