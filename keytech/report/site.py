"""The static site of a release: one self-contained page, no outside address, English and Chinese."""

from __future__ import annotations

import html
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from keytech.release import read_manifest
from keytech.report.tables import printed_table
from keytech.studies.declarations import Study

RESULTS = ("estimates", "fit", "runs", "scorecard")


def build_site(release: Path, studies: list[Study], project: Path) -> Path:
    """Write `<release>/site/index.html` from the release's own files; returns the path of the page.

    Aggregates only: no row of a mart or panel is read except those of the quality and results tables.
    """
    manifest = read_manifest(release)
    results = {name: pd.read_parquet(release / "results" / f"{name}.parquet") for name in RESULTS}
    published_fit = pd.read_csv(
        project / "seeds" / "published_fit.csv", dtype={"table_id": str, "column_id": str}
    )
    tables = [
        printed_table(study, table, results, published_fit) for study in studies for table in study.tables
    ]
    page = (
        _environment()
        .get_template("index.html")
        .render(
            manifest=manifest,
            simulated=manifest["data_origin"] == "simulated",
            studies=[(study, [t for t in tables if t.study is study]) for study in studies],
            sources=_sources(manifest),
            accounting=_accounting(release),
            marts=manifest["marts"],
            scorecard=_scorecard_summary(results["scorecard"]),
        )
    )
    site = release / "site"
    site.mkdir(exist_ok=True)
    (site / "index.html").write_text(page, encoding="utf-8")
    return site / "index.html"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("keytech.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["thousands"] = lambda value: "" if value is None else f"{value:,}"
    environment.globals["both"] = _both
    return environment


def _both(en: str, zh: str):
    """A text in both languages, of which the page shows one."""
    from markupsafe import Markup

    return Markup(f'<span lang="en">{html.escape(en)}</span><span lang="zh">{html.escape(zh)}</span>')


def _sources(manifest: dict) -> list[dict]:
    """Files and rows per source and table of the delivery."""
    files = pd.DataFrame(manifest["landed"])
    if files.empty:
        return []
    grouped = files.groupby(["source", "table_name"], as_index=False).agg(
        files=("file", "count"),
        read=("rows_read", "sum"),
        landed=("rows_landed", "sum"),
        rejected=("rows_rejected", "sum"),
    )
    return grouped.to_dict("records")


def _accounting(release: Path) -> list[dict]:
    """Rows of dq_row_accounting, as they are."""
    path = release / "marts" / "quality" / "dq_row_accounting.parquet"
    return pd.read_parquet(path).to_dict("records") if path.is_file() else []


def _scorecard_summary(card: pd.DataFrame) -> list[dict]:
    """Per study: coefficients with a published value and their sign, with a planted value and within two errors."""
    rows = []
    for study, part in card.groupby("study"):
        planted = part["planted"].notna()
        rows.append(
            {
                "study": study,
                "published": int(part["published_estimate"].notna().sum()),
                "same_sign": int(part["same_sign_as_published"].fillna(False).sum()),
                "planted": int(planted.sum()),
                "within": int(part.loc[planted, "within_two_se"].fillna(False).sum()),
            }
        )
    return rows
