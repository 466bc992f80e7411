"""Codes of firms and places: GB 11714 and GB 32100 check digits, industry vintages, district codes of each year."""

from __future__ import annotations

import numpy as np
import pandas as pd

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
VALUE_OF = np.array([CREDIT_ALPHABET.find(chr(i)) for i in range(128)])
LEGAL_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
LEGAL_CHECK = "0123456789X0"


def legal_codes(
    rng: np.random.Generator, n: int, *, low: int = 10_000_000, high: int = 40_000_000
) -> np.ndarray:
    """`n` distinct nine-character organisation codes (GB 11714) whose first eight digits lie in [low, high)."""
    digits = rng.choice(high - low, n, replace=False) + low
    columns = (digits[:, None] // 10 ** np.arange(7, -1, -1)) % 10
    check = 11 - (columns * LEGAL_WEIGHTS).sum(axis=1) % 11
    return np.char.add(digits.astype(str), np.array(list(LEGAL_CHECK))[check]).astype(object)


def credit_codes(districts: np.ndarray, legal: np.ndarray) -> np.ndarray:
    """Eighteen-character unified social credit codes of enterprises (GB 32100) around a legal code."""
    if not len(legal):
        return np.array([], dtype=object)
    body = np.char.add(np.char.add("91", districts.astype(str)), legal.astype(str))
    values = VALUE_OF[body.view(np.uint32).reshape(len(body), -1)]
    check = (31 - (values * CREDIT_WEIGHTS).sum(axis=1) % 31) % 31
    return np.char.add(body, np.array(list(CREDIT_ALPHABET))[check]).astype(object)


def industries(concordance: pd.DataFrame) -> pd.DataFrame:
    """One row per industry known in all three vintages: cic4 (2002), cic4_1994, cic4_2011, name_zh."""
    old = concordance[concordance["from_year"] == "1994"].set_index("to_code")["from_code"]
    new = concordance[concordance["from_year"] == "2002"].set_index("from_code")
    frame = new.join(old.rename("cic4_1994"), how="inner").reset_index(names="cic4")
    frame = frame.rename(columns={"to_code": "cic4_2011"}).sort_values("cic4", ignore_index=True)
    return frame[["cic4", "cic4_1994", "cic4_2011", "name_zh"]]


def cic_of_year(cic4: np.ndarray, year: np.ndarray, table: pd.DataFrame) -> np.ndarray:
    """The code printed in the survey of a year: 1994 vintage to 2002, 2011 vintage from 2012, 2002 between."""
    row = table.set_index("cic4").loc[cic4]
    printed = np.where(year <= 2002, row["cic4_1994"], cic4)
    return np.where(year >= 2012, row["cic4_2011"], printed)


def former_prefectures(gb2260: pd.DataFrame, aliases: pd.DataFrame) -> pd.DataFrame:
    """One row per prefecture code of old vintages: city_code, old (4 digits), first and last year, whether merged."""
    joined = gb2260.merge(aliases, left_on="name", right_on="alias")
    joined = joined[joined["code"].str[:2] == joined["city_code"].str[:2]]
    frame = pd.DataFrame(
        {
            "city_code": joined["city_code"],
            "old": joined["code"].str[:4],
            "first_year": joined["first_year"].astype(int),
            "last_year": joined["last_year"].astype(int),
            "is_merged": joined["kind"] == "merged",
            "alias": joined["name"],
        }
    )
    return frame[frame["last_year"] >= 2000].sort_values("old", ignore_index=True)


def districts(
    city: np.ndarray, year: np.ndarray, county: np.ndarray, in_old_unit: np.ndarray, old: pd.DataFrame
):
    """Six-digit district codes as printed in each year; firms `in_old_unit` sat in a unit that was later merged."""
    prefix = np.where(np.isin(city, ["1100", "1200", "3100", "5000"]), _municipal(city), city)
    for row in old.itertuples():
        here = (city == row.city_code) & (year >= row.first_year) & (year <= row.last_year)
        prefix = np.where(here & (in_old_unit | (not row.is_merged)), row.old, prefix)
    return np.array([p + c for p, c in zip(prefix, county, strict=True)], dtype=object)


def _municipal(city: np.ndarray) -> np.ndarray:
    return np.array([c[:2] + "01" for c in city], dtype=object)


def registry_districts(city: np.ndarray) -> np.ndarray:
    """Six-digit districts of registry offices; districts of a municipality carry 01."""
    prefix = np.where([c[2:] == "00" for c in city], _municipal(city), city)
    return np.array([p + "01" for p in prefix], dtype=object)
