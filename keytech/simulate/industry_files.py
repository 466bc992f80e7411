"""Delivers the industrial survey and the registrations, with the defects of real deliveries."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import defects, registrations
from keytech.simulate import industry_codes as codes
from keytech.simulate.damage import Damaged
from keytech.simulate.rates import RATES
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

SURVEY_FORMATS = {
    2000: "xlsx",
    **dict.fromkeys(range(2005, 2008), "dta"),
    **dict.fromkeys(range(2011, 2013), "bom"),
}
REGISTRATION_BOM = ("31", "33", "44")
AMOUNTS = ["employees", "output", "sales", "exports", "intermediate_input", "fixed_assets", "total_assets", "selling_expense",
           "total_profit", "wages"]  # fmt: skip


def write_survey(world: World, rows: pd.DataFrame, raw: RawWriter, truth: Truth) -> None:
    """One file per year: csv (GB18030 or UTF-8 with BOM), Stata, and a workbook with a title for 2000."""
    table = codes.industries(world.seed_table("seed_cic_concordance"))
    old = codes.former_prefectures(world.seed_table("seed_gb2260"), world.seed_table("seed_city_alias"))
    rows = rows.assign(
        cic4=codes.cic_of_year(rows["cic4"].to_numpy(), rows["year"].to_numpy(), table),
        district_code=codes.districts(rows["city_code"].to_numpy(), rows["year"].to_numpy(), rows["county"].to_numpy(),
                                      rows["in_old_unit"].to_numpy(), old),
        name=rows["name_of_year"],
    )  # fmt: skip
    for year, part in rows.groupby("year"):
        damaged = _survey_defects(world.rng("survey file", str(year)), part, int(year))
        _survey_file(damaged, int(year), raw, truth)


def _survey_defects(rng: np.random.Generator, part: pd.DataFrame, year: int) -> Damaged:
    out = Damaged(part.sample(frac=1, random_state=int(rng.integers(2**31))), rng)
    out.firm_names("name", RATES)
    missing = RATES["survey_code_missing_2008_2010" if 2008 <= year <= 2010 else "survey_code_missing"]
    out.change("legal_code", "code_cut", RATES["survey_code_cut"], lambda code: code[:-1])
    out.change("legal_code", "code_mistyped", RATES["survey_code_mistyped"], _mistyped)
    out.change("legal_code", "code_full_width", RATES["code_full_width"], defects.full_width)
    out.change("legal_code", "code_stray_space", RATES["code_stray_space"], lambda code: f" {code} ")
    out.change("legal_code", "code_missing", missing, lambda code: "")
    blank = out.frame["fixed_assets"].isna().to_numpy()
    out.change(
        "fixed_assets", "negative_amount", RATES["survey_negative_amount"], lambda _: -120.0, where=blank
    )
    out.repeat("exact_duplicate", RATES["survey_duplicate"])
    return out


def _mistyped(code: str) -> str:
    """The first two digits exchanged, or one raised where they are equal: the check digit no longer fits."""
    if code[0] != code[1]:
        return code[1] + code[0] + code[2:]
    return str((int(code[0], 36) + 1) % 10) + code[1:]


def _survey_file(damaged: Damaged, year: int, raw: RawWriter, truth: Truth) -> None:
    shape, first = SURVEY_FORMATS.get(year, "csv"), 2
    frame = damaged.frame
    if shape in ("csv", "bom"):
        frame = _unreadable(damaged, year)
        encoding = "utf-8-sig" if shape == "bom" else "gb18030"
        file = raw.csv(
            "asif", "firm_years", f"工业企业_{year}.csv", frame, encoding=encoding, header=year % 2
        )
    elif shape == "dta":
        file, first = raw.dta("asif", "firm_years", f"asif{year}.dta", frame), 1
    else:
        title = f"{year}年规模以上工业企业（模拟数据 simulated data）"
        file, first = raw.xlsx("asif", "firm_years", f"工业企业_{year}.xlsx", frame, title=title), 4
    damaged.record(truth, file, first)


def _unreadable(damaged: Damaged, year: int) -> pd.DataFrame:
    """Rows whose amounts are words: firms that no panel holds in this year, so that only the row itself is lost."""
    rows = defects.pick(damaged.rng, len(damaged.frame), RATES["survey_textual_amount"])
    extra = damaged.frame.iloc[rows].copy()
    extra["legal_code"], extra["credit_code"] = "", ""
    extra["name"] = [f"未知企业{year}{i}" for i in range(len(extra))]
    frame = damaged.frame.astype({"wages": object})
    damaged.frame = frame
    damaged.append(
        extra.astype({"wages": object}).assign(wages="详见附表"), "wages", "textual_amount", destroys=True
    )
    return damaged.frame


def write_registrations(world: World, enterprises: pd.DataFrame, raw: RawWriter, truth: Truth) -> None:
    """One csv per province; further enterprises of larger scales in Parquet files of up to registrations.CHUNK rows."""
    names = world.provinces.set_index("province_code")["province_name"]
    for province, part in enterprises.groupby("province_code"):
        damaged = _registration_defects(world.rng("registration file", province), part)
        encoding = "utf-8-sig" if province in REGISTRATION_BOM else "gb18030"
        file = raw.csv(
            "registrations",
            "enterprises",
            f"工商注册_{names[province]}.csv",
            damaged.frame,
            encoding=encoding,
        )
        damaged.record(truth, file, 2)
    extra = round((world.scale - 1) * len(enterprises)) if world.scale > 1 else 0
    for chunk, start in enumerate(range(0, extra, registrations.CHUNK)):
        frame = registrations.filler(world, chunk, min(registrations.CHUNK, extra - start))
        raw.parquet("registrations", "enterprises", f"补充/工商注册_{chunk:05d}.parquet", frame)


def _registration_defects(rng: np.random.Generator, part: pd.DataFrame) -> Damaged:
    out = Damaged(part.sample(frac=1, random_state=int(rng.integers(2**31))), rng)
    out.frame["former_names"] = out.frame["former_name"]
    cut = out.frame["is_credit_cut"].to_numpy(bool)
    out.frame["credit_code"] = np.where(cut, out.frame["credit_code"].str[:17], out.frame["credit_code"])
    out.note(cut, "credit_code", "code_cut")
    coded = (out.frame["credit_code"] != "").to_numpy() & ~cut
    out.firm_names("name", RATES)
    out.change(
        "legal_code", "code_missing", RATES["registration_legal_code_blank"], lambda code: "", where=coded
    )
    out.change(
        "legal_code",
        "code_hyphen",
        RATES["registration_legal_code_hyphen"],
        lambda c: c and f"{c[:8]}-{c[8]}",
        where=coded,
    )
    out.change("credit_code", "code_full_width", RATES["code_full_width"], defects.full_width)
    out.change("credit_code", "code_lower", RATES["code_lower"], str.lower)
    out.change(
        "credit_code", "code_stray_space", RATES["code_stray_space"], lambda c: c and f"{c[:6]} {c[6:]}"
    )
    out.change(
        "business_scope",
        "stray_space",
        RATES["registration_scope_blank"],
        lambda s: defects.stray_space(s, 6),
    )
    out.repeat("exact_duplicate", RATES["registration_duplicate"])
    rows = defects.pick(rng, len(out.frame), RATES["registration_impossible_date"])
    ghost = out.frame.iloc[rows].assign(credit_code="", legal_code="", former_names="", business_scope="企业管理咨询。",
                                        name=[f"不详企业{i}" for i in rows], established="2009-02-30")  # fmt: skip
    out.append(ghost, "established", "impossible_date", destroys=True)
    return out
