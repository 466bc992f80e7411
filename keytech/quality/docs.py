"""Data Docs: a page per suite with every expectation and its result, and the suites as great-expectations files.

Plain pages instead of great-expectations' own: those fetch style sheets and a logo from outside, stamp every page with
the time, and print failing values. These show counts only, none below ten for data that are not public.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from keytech.quality.borders import Outcome, read_outcomes
from keytech.quality.expectations import LANDED, PANELS, Expectation
from keytech.quality.suites import write_suites
from keytech.report.disclosure import THRESHOLD


def write_data_docs(release: Path, build: Path, expectations: Sequence[Expectation]) -> Path:
    """Write `<release>/data_docs/` and `<release>/expectations/`; returns the first page.

    Results are those on record in `<build>/quality`; a check without one is left out of the pages.
    """
    folder = release / "data_docs"
    folder.mkdir()
    write_suites(list(expectations), release / "expectations")
    outcomes = {
        o.name: o for border in (LANDED, PANELS) for o in read_outcomes(build / "quality" / f"{border}.json")
    }
    page = Environment(
        loader=PackageLoader("keytech.quality"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template("data_docs.html")
    known = sorted((e for e in expectations if e.name in outcomes), key=lambda e: (e.border, e.table, e.name))
    suites = []
    for (border, table), checks in groupby(known, key=lambda e: (e.border, e.table)):
        found = [(e, outcomes[e.name]) for e in checks]
        suites.append(_suite(border, table, [o.status for _, o in found]))
        text = page.render(
            title=f"{border} / {table}", up="index.html", up_name="Data Docs", suites=None,
            lead_en="Every expectation of this table and its result in this release.",
            lead_zh="本表的各项要求及其在本次发布中的结果。", checks=[_shown(*pair) for pair in found],
        )  # fmt: skip
        (folder / f"{border}.{table}.html").write_text(text, encoding="utf-8")
    text = page.render(
        title="Data Docs 数据检查文档", up="../site/index.html", up_name="Release 版本首页", suites=suites, checks=(),
        lead_en="Checks by great-expectations at the two borders of the warehouse: landed files, and the panels that estimates read.",
        lead_zh="great-expectations在仓库两端所做的检查：入库文件，以及估计所用的面板。",
    )  # fmt: skip
    (folder / "index.html").write_text(text, encoding="utf-8")
    return folder / "index.html"


def _suite(border: str, table: str, statuses: Iterable[str]) -> dict[str, Any]:
    said = list(statuses)
    return {
        "border": border, "table": table, "href": f"{border}.{table}.html", "n": len(said),
        "passed": said.count("pass"), "warned": said.count("warn"), "empty": said.count("empty"),
        "failed": said.count("fail") + said.count("error"),
    }  # fmt: skip


def _shown(expectation: Expectation, outcome: Outcome) -> dict[str, Any]:
    hidden = expectation.protected and 0 < outcome.n_failing < THRESHOLD
    return {
        "name": outcome.name, "status": outcome.status, "severity": outcome.severity, "en": expectation.label.en,
        "zh": expectation.label.zh, "answer": expectation.answer, "sql": expectation.sql,
        "expect": [f"{e['type']}({json.dumps(e['kwargs'])[1:-1]})" for e in expectation.judged],
        "checked": f"{outcome.n_checked:,}", "failing": f"<{THRESHOLD}" if hidden else f"{outcome.n_failing:,}",
    }  # fmt: skip
