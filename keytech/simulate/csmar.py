"""CSMAR tables, word counts of annual reports, subsidy lines and internet users: state of what is disclosed, and files."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import defects
from keytech.simulate.rates import RATES
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

FIRST, LAST = 2006, 2022
MONEY = (
    "total_assets", "total_liabilities", "revenue", "net_profit", "ebit", "fixed_assets", "current_assets",
    "current_liabilities", "long_term_debt", "operating_cash_flow", "capex", "cash_dividends", "market_value",
)  # fmt: skip
VISIT_WORDS, STANDARD_WORDS = ("参访", "参观学习", "实地考察"), ("标准化", "标准体系", "国家标准")
SUBSIDY_NUMBER, SUBSIDY_AMOUNT = 0.5, 0.6  # per unit of appetite
ITEMS = {
    "rd": ("重点研发计划经费", "科技创新专项资金", "技术改造补贴", "产学研合作科研经费"),
    "patent": ("专利资助", "知识产权奖励", "发明专利年费补助"),
    "other": ("稳岗补贴", "税收返还", "上市奖励", "节能环保补助", "房租补贴"),
}
USERS_10K = {
    2005: 11100, 2006: 13700, 2007: 21000, 2008: 29800, 2009: 38400, 2010: 45730, 2011: 51310, 2012: 56400, 2013: 61758,
    2014: 64875, 2015: 68826, 2016: 73125, 2017: 77198, 2018: 82851, 2019: 90400, 2020: 98899, 2021: 103195, 2022: 106744,
}  # fmt: skip


def disclosed(accounts: pd.DataFrame, firms: pd.DataFrame, blank: pd.Series) -> pd.DataFrame:
    """Firm-years 2006-2022 as CSMAR discloses them: one row per listed firm-year; blank fields are null.

    Keeps the index of `accounts`; adds stkcd and city_code, csrc2 as disclosed.
    """
    frame = accounts[accounts["listed"] & accounts["year"].between(FIRST, LAST)].copy()
    frame["stkcd"] = firms["stkcd"].to_numpy()[frame["firm"]]
    lacking = blank.loc[frame.index].to_numpy()
    for field in MONEY:
        frame[field] = frame[field].where(lacking != field, np.nan)
    frame["ownership"] = frame["ownership"].where(lacking != "ownership", None)
    frame["city_code"] = frame["city_code"].where(lacking != "registered_city", None)
    frame["csrc2"] = frame["csrc2"].where(lacking != "csrc_code", None)
    return frame


def words(world: World, frame: pd.DataFrame, appetite: np.ndarray) -> pd.DataFrame:
    """One row per firm-year from 2010, word group and word with a positive count; more in firms with `appetite`."""
    rng = world.rng("csmar", "words")
    rows = frame[frame["year"] >= 2010]
    rate = np.exp(0.55 * appetite[rows["firm"].to_numpy()])
    parts = []
    for group, listed, mean in (("参访", VISIT_WORDS, 1.1), ("标准化", STANDARD_WORDS, 1.4)):
        for word in listed:
            parts.append(_counted(rows, group, word, rng.poisson(mean * rate)))
    maker = rows["csrc2"].fillna("").str.startswith("C").to_numpy()
    ever = rng.random(int(frame["firm"].max()) + 1)[rows["firm"].to_numpy()] < 0.45
    for word in world.seed_table("seed_pilot_categories")["word"]:
        parts.append(_counted(rows, "试点类别", word, rng.poisson(0.12, len(rows)) * (maker & ever)))
    return pd.concat(parts, ignore_index=True).sort_values(
        ["stkcd", "year"], kind="stable", ignore_index=True
    )


def _counted(rows: pd.DataFrame, group: str, word: str, count: np.ndarray) -> pd.DataFrame:
    kept = np.flatnonzero(count > 0)
    part = rows.iloc[kept][["firm", "stkcd", "year"]]
    return part.assign(word_group=group, word=word, word_count=count[kept])


def subsidies(world: World, frame: pd.DataFrame, appetite: np.ndarray) -> pd.DataFrame:
    """One row per firm-year from 2010 and subsidy line: firm, stkcd, year, kind (rd, patent, other), item, amount_yuan."""
    rng = world.rng("csmar", "subsidies")
    rows = frame[frame["year"] >= 2010]
    taste = appetite[rows["firm"].to_numpy()]
    parts = []
    for kind, mean, level in (("rd", 0.8, 14.2), ("patent", 1.1, 11.8), ("other", 0.9, 13.0)):
        line = np.repeat(np.arange(len(rows)), rng.poisson(mean * np.exp(SUBSIDY_NUMBER * taste)))
        part = rows.iloc[line][["firm", "stkcd", "year"]].reset_index(drop=True)
        amount = np.exp(level + SUBSIDY_AMOUNT * taste[line] + rng.normal(0, 1.1, len(line))).round(2)
        parts.append(part.assign(kind=kind, item=rng.choice(ITEMS[kind], len(line)), amount_yuan=amount))
    return pd.concat(parts, ignore_index=True).sort_values(
        ["year", "stkcd"], kind="stable", ignore_index=True
    )


def write(
    world: World,
    frame: pd.DataFrame,
    counted: pd.DataFrame,
    lines: pd.DataFrame,
    raw: RawWriter,
    truth: Truth,
) -> None:
    """Financials by year (dta, csv, Parquet), profiles by block, words and subsidies by block, internet users."""
    for year, part in frame.groupby("year"):
        _write_financials(world, int(year), part, raw, truth)
    _write_profiles(world, frame, raw, truth)
    for first, last in ((2010, 2013), (2014, 2018), (2019, 2022)):
        part = counted[counted["year"].between(first, last)]
        raw.parquet("annual_reports", "word_counts", f"年报词频_{first}_{last}.parquet", part)
    _write_subsidies(world, lines, raw, truth)
    users = pd.DataFrame({"year": list(USERS_10K), "users_10k": list(USERS_10K.values())})
    raw.xlsx(
        "internet_users",
        "national",
        "CNNIC网民规模.xlsx",
        users,
        title="全国网民规模（模拟数据 simulated data）",
    )


def _write_financials(world: World, year: int, part: pd.DataFrame, raw: RawWriter, truth: Truth) -> None:
    """Year-end consolidated rows, with some parent-company statements and interim periods, and exact copies."""
    rng = world.rng("csmar", "financials", str(year))
    table = part[["stkcd", *MONEY]].reset_index(drop=True)
    table["period_end"], table["statement_type"] = f"{year}-12-31", "A"
    parent = table.iloc[defects.pick(rng, len(table), 0.15)].assign(statement_type="B")
    parent[list(MONEY)] = (parent[list(MONEY)] * 0.7).round(2)
    interim = table.iloc[defects.pick(rng, len(table), 0.05)].assign(period_end=f"{year}-06-30")
    copies = table.iloc[defects.pick(rng, len(table), RATES["firm_year_duplicate"])]
    both = pd.concat([table, parent, interim]).sort_values(
        ["stkcd", "period_end", "statement_type"], kind="stable"
    )
    out = pd.concat([both, copies], ignore_index=True)
    if year < 2010:
        out["period_end"] = pd.to_datetime(out["period_end"])
        file, first = raw.dta("csmar_firm_years", "financials", f"CSMAR财务_{year}.dta", out), 1
    elif year % 2:
        file, first = raw.csv("csmar_firm_years", "financials", f"CSMAR财务_{year}.csv", out, header=1), 2
    else:
        out["period_end"] = pd.to_datetime(out["period_end"]).dt.date
        file, first = raw.parquet("csmar_firm_years", "financials", f"CSMAR财务_{year}.parquet", out), 1
    truth.defects(file, np.arange(len(both), len(out)) + first, "stkcd", "exact duplicate")


def _write_profiles(world: World, frame: pd.DataFrame, raw: RawWriter, truth: Truth) -> None:
    """Yearly profiles; cities under the name of the year, sometimes without 市 or with a stray blank."""
    rng = world.rng("csmar", "profiles")
    table = frame[["stkcd", "year", "short_name", "ownership", "employees"]].reset_index(drop=True)
    table["csrc_code"] = frame["csrc2"].to_numpy()
    state = frame["st"].to_numpy()
    table["listing_state"] = np.select([state == "", np.isin(state, ["ST"])], ["正常上市", "ST"], "*ST")
    table["registered_city"], notes = city_texts(
        world, rng, frame["city"].to_numpy(), frame["year"].to_numpy()
    )
    known = frame["city_code"].notna().to_numpy()
    table["registered_city"] = table["registered_city"].where(known, None)
    table["office_city"] = world.cities["city_name"].to_numpy()[frame["office"].to_numpy()]
    for first, last, encoding in (
        (2006, 2012, "gb18030"),
        (2013, 2017, "utf-8-sig"),
        (2018, 2022, "gb18030"),
    ):
        inside = table["year"].between(first, last).to_numpy()
        part = table[inside].sort_values(["year", "stkcd"], kind="stable")
        line = pd.Series(np.arange(len(part)) + 2, index=part.index)
        file = raw.csv(
            "csmar_firm_years", "profiles", f"CSMAR概况_{first}_{last}.csv", part, encoding=encoding
        )
        for kind, rows in notes.items():
            here = rows[inside[rows] & known[rows]]
            truth.defects(file, np.sort(line.loc[here].to_numpy()), "registered_city", kind)


def city_texts(
    world: World, rng: np.random.Generator, city: np.ndarray, year: np.ndarray
) -> tuple[np.ndarray, dict]:
    """Names of cities as written in a year, and the rows of each kind of difference."""
    name = world.cities["city_name"].to_numpy(object)
    out = name[city].copy()
    position = {code: i for i, code in enumerate(world.cities["city_code"])}
    alias = world.seed_table("seed_city_alias")
    former = np.zeros(len(out), bool)
    for text, code, start, end in alias[["alias", "city_code", "valid_from", "valid_to"]].itertuples(
        index=False
    ):
        mine = (city == position.get(code, -1)) & (year >= int(start)) & (year < int(end))
        mine &= rng.random(len(out)) < RATES["city_former_name"]
        out[mine], former = text, former | mine
    plain = (rng.random(len(out)) < RATES["city_without_suffix"]) & ~former
    plain &= np.array([len(n) > 2 and n.endswith("市") for n in out])
    out[plain] = np.array([n[:-1] for n in out[plain]], dtype=object)
    blank = np.flatnonzero(rng.random(len(out)) < RATES["city_stray_space"])
    for row in blank:
        out[row] = defects.stray_space(out[row], 1 + row % 2)
    return out, {
        "former name": np.flatnonzero(former),
        "without suffix": np.flatnonzero(plain),
        "stray space": blank,
    }


def _write_subsidies(world: World, lines: pd.DataFrame, raw: RawWriter, truth: Truth) -> None:
    """Lines by block of years; a few reversals as negative amounts stand beside them."""
    rng = world.rng("csmar", "subsidy lines")
    for first, last in ((2010, 2014), (2015, 2018), (2019, 2022)):
        part = lines[lines["year"].between(first, last)].reset_index(drop=True)
        back = part.iloc[defects.pick(rng, len(part), RATES["subsidy_negative"])]
        out = pd.concat([part, back.assign(amount_yuan=-back["amount_yuan"])], ignore_index=True)
        file = raw.csv(
            "subsidies",
            "lines",
            f"政府补助_{first}_{last}.csv",
            out,
            encoding="utf-8-sig" if first == 2015 else "gb18030",
        )
        truth.defects(file, np.arange(len(part), len(out)) + 2, "amount_yuan", "negative amount")
