"""Universities of the synthetic economy: yearbook, recruits, joint papers, overseas applications, and the truth panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.simulate import defects, panels_university, universities_design, universities_patents
from keytech.simulate.truth import Truth
from keytech.simulate.universities_design import COMPONENTS, CONTROLS, YEARS
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

OUTSIDERS = ("北京航空航天大学", "哈尔滨工业大学", "中国科学技术大学", "西北工业大学", "苏州大学", "深圳大学")
COUNTRIES = {
    "US": ("美国", "美国", "美国", "USA", "美利坚合众国"), "GB": ("英国", "英国", "UK"), "DE": ("德国", "Germany"),
    "JP": ("日本", "Japan"), "AU": ("澳大利亚",), "CA": ("加拿大",), "SG": ("新加坡",), "HK": ("中国香港", "香港"),
    "FR": ("法国",), "ZZ": ("其他国家", "其他"), "CN": ("中国", "国内"),
}  # fmt: skip
OTHER_SHARES = {
    "GB": 0.25,
    "DE": 0.18,
    "JP": 0.15,
    "AU": 0.1,
    "CA": 0.08,
    "SG": 0.08,
    "HK": 0.08,
    "FR": 0.05,
    "ZZ": 0.03,
}
OFFICES = {"PCT": 0.5, "USPTO": 0.3, "EPO": 0.12, "JPO": 0.08}
UNREADABLE = "约3200"
TO_TRADITIONAL = str.maketrans("学东华门汉庆", "學東華門漢慶")


@dataclass(frozen=True)
class UniversityState:
    """design: what was planted; patents: the batch for the patent module; panel: the truth."""

    design: universities_design.Design
    patents: pd.DataFrame
    panel: pd.DataFrame


def build(world: World) -> UniversityState:
    """The universities, their applications and the true panel of university_exchange."""
    design = universities_design.build(world)
    applications = universities_patents.applications(world, design)
    panel = panels_university.university_exchange(
        design, universities_patents.counts(design, applications), world
    )
    return UniversityState(design, applications, panel)


def write(state: UniversityState, world: World, raw: RawWriter, truth: Truth) -> None:
    """Deliver the four tables with their defects, and the truth. Patents are delivered by the patent module."""
    rng = world.rng("universities", "defects")
    _write_yearbook(rng, state.design, raw, truth)
    _write_talent(rng, state.design, raw, truth)
    _write_papers(rng, state.design, raw, truth)
    _write_overseas(rng, state.design, raw, truth)
    truth.panels["university_exchange"] = state.panel
    truth.parameters["university_exchange"] = planted(state.design)


def planted(design: universities_design.Design) -> dict:
    """Planted estimands by table and column; structural sizes under `structure`."""
    interaction = "high_exchange:post"
    path = {
        year: universities_design.DID * universities_design.PATH.get(year, 0.0) for year in YEARS.tolist()
    }
    return {
        "event_study": {"1": {f"year::{year - 2018}": size for year, size in path.items() if year != 2017}},
        "B1": {column: {interaction: universities_design.DID} for column in ("1", "2")},
        "B2": {"1": {f"{interaction}:exposed": universities_design.DDD}},
        "M1": {"1": {interaction: universities_design.TALENT}},
        "M2": {"1": {interaction: universities_design.PAPERS}},
        "M3": {"1": {interaction: universities_design.OVERSEAS}},
        "structure": {
            "effects": {name: float(value) for name, value in design.effects.items()},
            "path": {str(year): size for year, size in universities_design.PATH.items()},
            "controls": CONTROLS,
            "key_share": [universities_design.KEY_SHARE, universities_design.KEY_EFFECT],
            "below_zero": design.below_zero,
        },
    }


def _written_names(rng, truth: Truth, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[int]]:
    """Copies of one row in a hundred at the end, and names written in other ways; returns the copies' positions too."""
    copies = frame[rng.random(len(frame)) < 0.01]
    out = pd.concat([frame, copies], ignore_index=True)
    written = out["university"].to_numpy(object).copy()
    changes = (
        defects.swap_brackets,
        lambda name: defects.stray_space(name, len(name) // 2),
        lambda name: name.translate(TO_TRADITIONAL),
    )
    for row in defects.pick(rng, len(out), 0.04):
        written[row] = changes[rng.integers(len(changes))](written[row])
    links = pd.DataFrame(
        {"raw_name": written, "entity": out.get("university_id", pd.Series(index=out.index, dtype=str))}
    )
    truth.links(links.dropna().assign(source="universities", kind="university"))
    return out.assign(university=written), list(range(len(frame), len(out)))


def _write_yearbook(rng, design, raw: RawWriter, truth: Truth) -> None:
    """One file a year: csv to 2016, workbooks after; universities outside the list are in it; one cell cannot be read."""
    columns = ["university_id", "university", "year", *COMPONENTS, "rd_staff", "senior_staff", "rd_spending",
               "funds_government", "funds_enterprise"]  # fmt: skip
    for year, part in design.yearbook[columns].groupby("year"):
        strangers = part.sample(len(OUTSIDERS), random_state=int(year)).assign(
            university=OUTSIDERS, university_id=None
        )
        part, copies = _written_names(rng, truth, pd.concat([part, strangers], ignore_index=True))
        if year >= 2017:
            title = f"{year}年高等学校科技统计资料汇编（模拟数据 simulated data）"
            file, first = (
                raw.xlsx("universities", "yearbook", f"高等学校科技统计_{year}.xlsx", part, title=title),
                4,
            )
        else:
            if year == 2011:
                part["rd_spending"] = part["rd_spending"].astype(object)
                part.loc[40, "rd_spending"] = UNREADABLE
            file, first = (
                raw.csv("universities", "yearbook", f"高等学校科技统计_{year}.csv", part, header=year % 2),
                2,
            )
            if year == 2011:
                truth.defects(file, [40 + first], "rd_spending", "textual amount", destroys=True)
        truth.defects(file, [row + first for row in copies], "university", "duplicate row")


def _write_talent(rng, design, raw: RawWriter, truth: Truth) -> None:
    """One Stata file: recruits by country of study, written in several ways; those who studied at home are in it."""
    shares = np.array(list(OTHER_SHARES.values())) / sum(OTHER_SHARES.values())
    others = rng.multinomial(design.talent_other.ravel(), shares)
    people = {"US": design.talent_us.ravel(), **dict(zip(OTHER_SHARES, others.T, strict=True))}
    people["CN"] = rng.poisson(40, design.talent_us.size)
    base = design.yearbook[["university_id", "university", "year"]]
    parts = [base.assign(code=code, recruited=count.astype(float)) for code, count in people.items()]
    frame = (
        pd.concat(parts, ignore_index=True)
        .query("recruited > 0")
        .sort_values(["university_id", "year", "code"], ignore_index=True)
    )
    frame["study_country"] = [
        COUNTRIES[c][int(u * len(COUNTRIES[c]))]
        for c, u in zip(frame["code"], rng.random(len(frame)), strict=True)
    ]
    frame, copies = _written_names(rng, truth, frame)
    file = raw.dta("universities", "talent", "引进教师留学国别_2011_2022.dta", frame)
    truth.defects(file, [row + 1 for row in copies], "university", "duplicate row")


def _cells(design, counts: np.ndarray) -> pd.DataFrame:
    """Counts by university, field and year as rows; zeros are not delivered."""
    base = design.yearbook[["university_id", "university"]].drop_duplicates(ignore_index=True)
    frame = base.merge(design.fields[["field_code"]], how="cross").merge(
        pd.DataFrame({"year": YEARS}), how="cross"
    )
    return frame.assign(count=counts.ravel()).query("count > 0").reset_index(drop=True)


def _written_fields(rng, codes: pd.Series) -> list[str]:
    """Field codes with and without padding, now and then with a letter or in full width."""
    forms = (lambda c: c, lambda c: c.lstrip("0"), lambda c: f"F{c}", defects.full_width)
    kind = rng.choice(4, len(codes), p=[0.55, 0.41, 0.02, 0.02])
    return [forms[k](code) for k, code in zip(kind, codes, strict=True)]


def _write_papers(rng, design, raw: RawWriter, truth: Truth) -> None:
    """A csv to 2016 and a Parquet file after."""
    frame = _cells(design, design.papers).rename(columns={"count": "papers"}).astype({"papers": float})
    for stem, first_year, last_year in (("csv", 2011, 2016), ("parquet", 2017, 2022)):
        part, copies = _written_names(rng, truth, frame[frame["year"].between(first_year, last_year)])
        part["field_code"] = _written_fields(rng, part["field_code"])
        name = f"中外合著论文_{first_year}_{last_year}.{stem}"
        if stem == "csv":
            file, first = raw.csv("universities", "joint_papers", name, part, encoding="utf-8-sig"), 2
        else:
            file, first = raw.parquet("universities", "joint_papers", name, part), 1
        truth.defects(file, [row + first for row in copies], "university", "duplicate row")


def _write_overseas(rng, design, raw: RawWriter, truth: Truth) -> None:
    """One csv per office."""
    frame = _cells(design, design.overseas)
    split = rng.multinomial(frame["count"], list(OFFICES.values()))
    for office, count in zip(OFFICES, split.T, strict=True):
        part = frame.assign(office=office, applications=count.astype(float)).query("applications > 0")
        part, copies = _written_names(rng, truth, part)
        part["field_code"] = _written_fields(rng, part["field_code"])
        encoding = "gb18030" if office == "PCT" else "utf-8-sig"
        file = raw.csv(
            "universities", "overseas_applications", f"高校海外申请_{office}.csv", part, encoding=encoding
        )
        truth.defects(file, [row + 2 for row in copies], "university", "duplicate row")
