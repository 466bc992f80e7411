"""Raw files of the listed-firm sources: registry, CNRDS and CSMAR firm-years, with the faults of deliveries."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import defects
from keytech.simulate.rates import RATES
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

CNRDS_FIELDS = (
    "total_assets", "total_liabilities", "employees", "staff_cost", "total_revenue", "revenue", "top1_pct",
    "independent_directors", "board_size", "mgmt_share_pct",
)  # fmt: skip


def write_basics(world: World, firms: pd.DataFrame, names: pd.DataFrame, subsidiaries: pd.DataFrame,
                 raw: RawWriter, truth: Truth) -> None:  # fmt: skip
    """Registry (GB18030 csv), name history (xlsx), subsidiaries by year (Parquet)."""
    rng = world.rng("listed files", "basics")
    city = world.cities.iloc[firms["city"].to_numpy()]
    office = world.cities.iloc[firms["office"].to_numpy()]
    table = pd.DataFrame({
        "stkcd": firms["stkcd"], "short_name": firms["short_name"], "full_name": firms["full_name"],
        "founding_date": firms["founding_date"].dt.date, "listing_date": firms["listing_date"].dt.date,
        "delisting_date": firms["delisting_date"].dt.date.where(firms["delisting_date"].notna(), None),
        "province": city["province_name"].to_numpy(), "registered_city": city["city_name"].to_numpy(),
        "office_city": office["city_name"].to_numpy(),
        "address": (city["province_name"] + city["city_name"]).to_numpy() + np.array([f"创业路{i % 300 + 1}号" for i in range(len(firms))]),
        "credit_code": firms["credit_code"],
    })  # fmt: skip
    missing = defects.pick(rng, len(table), RATES["credit_code_missing"])
    broken = np.setdiff1d(defects.pick(rng, len(table), RATES["credit_code_malformed"]), missing)
    table.loc[missing, "credit_code"] = ""
    table.loc[broken, "credit_code"] = table["credit_code"].iloc[broken].str[:15]
    file = raw.csv("listed_basics", "firms", "上市公司基本信息.csv", table)
    truth.defects(file, missing + 2, "credit_code", "missing", destroys=True)
    truth.defects(file, broken + 2, "credit_code", "malformed", destroys=True)
    history = names.copy()
    rows = defects.pick(rng, len(history), RATES["name_brackets"])
    written = defects.apply(history["name"].to_numpy(object), rows, defects.swap_brackets)
    touched = np.flatnonzero(written != history["name"].to_numpy(object))
    history["name"] = written
    for column in ("valid_from", "valid_to"):
        history[column] = history[column].dt.strftime("%Y-%m-%d").where(history[column].notna(), None)
    file = raw.xlsx(
        "listed_basics",
        "names",
        "上市公司名称变更.xlsx",
        history,
        title="名称变更（模拟数据 simulated data）",
    )
    truth.defects(file, touched + 4, "name", "brackets")
    truth.links(
        names.assign(
            source="listed_basics", raw_name=names["name"], entity=names["stkcd"], kind=names["name_type"]
        )
    )
    _write_subsidiaries(firms, subsidiaries, raw)


def _write_subsidiaries(firms: pd.DataFrame, subsidiaries: pd.DataFrame, raw: RawWriter) -> None:
    """Every year from the first in which a subsidiary is held, up to 2022 or the delisting."""
    last = firms["delisting_date"].dt.year.fillna(2022).to_numpy(int)[subsidiaries["owner"]]
    first = np.maximum(subsidiaries["first_year"].to_numpy(), 2005)
    number = np.maximum(last - first + 1, 0)
    rows = np.repeat(np.arange(len(subsidiaries)), number)
    long = subsidiaries.iloc[rows][["stkcd", "subsidiary_name", "holding_pct", "is_controlled"]].reset_index(
        drop=True
    )
    long["year"] = first[rows] + (np.arange(len(rows)) - np.repeat(np.cumsum(number) - number, number))
    for start, end in ((2005, 2013), (2014, 2022)):
        part = long[long["year"].between(start, end)].sort_values(
            ["stkcd", "year"], kind="stable", ignore_index=True
        )
        raw.parquet("listed_basics", "subsidiaries", f"上市公司子公司_{start}_{end}.parquet", part)


def write_cnrds(world: World, firms: pd.DataFrame, accounts: pd.DataFrame, blank: pd.Series, sample: np.ndarray,
                raw: RawWriter, truth: Truth) -> None:  # fmt: skip
    """One file per year 2000-2016: dta up to 2005, xlsx for 2006, csv (two encodings) later; B shares among the rows."""
    records = accounts[
        (accounts["listed"] | accounts["first_record"]) & accounts["year"].between(2000, 2016)
    ].copy()
    records["stkcd"] = firms["stkcd"].to_numpy()[records["firm"]]
    records["founding_year"] = firms["founding_year"].to_numpy()[records["firm"]]
    rng = world.rng("listed files", "cnrds")
    short, full = (world.provinces.set_index("province_code")[c] for c in ("province_short", "province_name"))
    use_short = rng.random(len(records)) < RATES["province_short"]
    records["province"] = np.where(
        use_short, records["province_code"].map(short), records["province_code"].map(full)
    )
    lacking = blank.loc[records.index].to_numpy()
    for field in sorted(set(lacking) - {""}):
        records[field] = records[field].where(lacking != field, np.nan)
    free = ~np.isin(records.index, sample) & ~np.isin(records.index + 1, sample)
    for year, part in records.groupby("year"):
        _write_cnrds_year(
            world,
            int(year),
            part,
            pd.Series(free, index=records.index).loc[part.index].to_numpy(),
            raw,
            truth,
        )


def _write_cnrds_year(
    world: World, year: int, part: pd.DataFrame, free: np.ndarray, raw: RawWriter, truth: Truth
) -> None:
    rng = world.rng("listed files", "cnrds", str(year))
    words = part["is_dual"].map({1: "是", 0: "否"})
    frame = part.assign(
        is_dual=words.where(words.notna(), None) if year % 3 else part["is_dual"].map({1: "1", 0: "0"})
    )
    frame = frame[
        [
            "stkcd",
            "year",
            "short_name",
            "founding_year",
            "province",
            "csrc_code",
            "csrc_standard",
            *CNRDS_FIELDS,
            "is_dual",
        ]
    ]
    frame = frame.reset_index(drop=True)
    negative = defects.pick(rng, len(frame), RATES["firm_year_negative_assets"] * 10)
    negative = negative[free[negative]]
    frame.loc[negative, "total_assets"] = -frame.loc[negative, "total_assets"]
    other = frame.iloc[defects.pick(rng, len(frame), 0.01)]
    b_shares = other.assign(
        stkcd=["900" + code[3:] if code[0] == "6" else "200" + code[3:] for code in other["stkcd"]]
    )
    b_shares = b_shares.drop_duplicates("stkcd")
    copies = frame.iloc[defects.pick(rng, len(frame), RATES["firm_year_duplicate"])]
    start = len(frame) + len(b_shares)
    frame = pd.concat([frame, b_shares, copies], ignore_index=True)
    first = 1 if year <= 2005 else (4 if year == 2006 else 2)
    if year <= 2005:
        text = frame["is_dual"].astype(object).where(frame["is_dual"].notna(), "")
        file = raw.dta("cnrds_firm_years", "firm_years", f"CNRDS_{year}.dta", frame.assign(is_dual=text))
    elif year == 2006:
        numeric = frame.assign(stkcd=frame["stkcd"].astype(int))  # a spreadsheet eats leading zeros
        file = raw.xlsx(
            "cnrds_firm_years",
            "firm_years",
            f"CNRDS_{year}.xlsx",
            numeric,
            title="上市公司年度数据（模拟数据 simulated data）",
        )
    else:
        encoding = "gb18030" if year % 2 else "utf-8-sig"
        rows = np.flatnonzero(~np.isin(np.arange(len(frame)), negative) & (np.arange(len(frame)) < len(part)))
        rows = rows[free[rows]]
        textual = rows[rng.random(len(rows)) < RATES["firm_year_textual_amount"] * 10]
        frame["revenue"] = frame["revenue"].astype(object)
        frame.loc[textual, "revenue"] = "不适用"
        file = raw.csv(
            "cnrds_firm_years", "firm_years", f"CNRDS_{year}.csv", frame, encoding=encoding, header=year % 2
        )
        truth.defects(
            file, textual + first, "revenue", "textual amount, record outside both samples", destroys=True
        )
    truth.defects(
        file, negative + first, "total_assets", "negative amount, record outside both samples", destroys=True
    )
    truth.defects(file, np.arange(start, len(frame)) + first, "stkcd", "exact duplicate")
