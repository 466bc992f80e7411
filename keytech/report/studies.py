"""What the study pages show beyond the tables: labels of terms, plots, notes on the paper, downloads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from markupsafe import Markup

from keytech.report.facts import Facts
from keytech.report.plots import Point, coefficient_plot, curve_plot, event_plot
from keytech.report.tables import Cell, PrintedTable, event_time
from keytech.report.words import Text, first_words

MOST_TERMS, MOST_POINTS = 10, 12


@dataclass(frozen=True)
class Figure:
    """A plot with the term it is about."""

    title: Text
    svg: Markup


@dataclass(frozen=True)
class Anomaly:
    """A known oddity of a paper: what was found and what is done about it."""

    id: str
    study: str
    tables: tuple[str, ...]
    found: Text
    treatment: Text


@cache
def anomalies() -> tuple[Anomaly, ...]:
    """The register of known oddities of the papers, `anomalies.yml`."""
    rows = yaml.safe_load((Path(__file__).parent / "anomalies.yml").read_text(encoding="utf-8"))
    return tuple(
        Anomaly(
            r["id"],
            r["study"],
            tuple(map(str, r.get("tables", ()))),
            Text(*r["found"]),
            Text(*r["treatment"]),
        )
        for r in rows
    )


def term_label(facts: Facts, panel: str, term: str) -> Text:
    """A term in words, from the panel's column descriptions; products are joined by a cross."""
    if term == "const":
        return Text("constant", "常数项")
    node = facts.catalog.nodes.get(panel)
    columns = {c.name: c for c in node.columns} if node else {}
    parts = [columns.get(name) for name in term.split(":")]
    if not all(parts):
        return Text("", "")
    return Text(" × ".join(first_words(p.en) for p in parts), " × ".join(p.zh for p in parts))


def figures(facts: Facts, table: PrintedTable) -> list[Figure]:
    """An event-study plot per column where terms are horizons, else one plot per term of interest."""
    timed = [(event_time(c.term), c) for r in table.rows if r.role == "main" for c in r.cells if c]
    timed = [(t, c) for t, c in timed if t is not None]
    if timed:
        return _event_figures(table, timed)
    if any(c.estimator == "specification_curve" for c in table.table.columns):
        return _curves(table)
    names = {
        c.column_id: Text(f"({c.column_id}) {c.label.en}", f"({c.column_id}) {c.label.zh}")
        for c in table.table.columns
    }
    found = []
    for row in [r for r in table.rows if r.role == "main"][:MOST_TERMS]:
        cells = [c for c in row.cells if c][:MOST_POINTS]
        if cells:
            points = [_point(names[c.column_id], c) for c in cells]
            label = term_label(facts, table.study.panel, row.term)
            title = Text(
                f"{row.term}{': ' + label.en if label.en else ''}",
                f"{row.term}{'：' + label.zh if label.zh else ''}",
            )
            found.append(Figure(title, coefficient_plot(points, f"{row.term}, table {table.table.table_id}")))
    return found


def _event_figures(table: PrintedTable, timed: list[tuple[int, Cell]]) -> list[Figure]:
    found = []
    for column in table.table.columns:
        points = sorted(
            ((t, _point(Text(str(t), str(t)), c)) for t, c in timed if c.column_id == column.column_id),
            key=lambda p: p[0],
        )
        if points:
            title = Text(f"({column.column_id}) {column.label.en}", f"({column.column_id}) {column.label.zh}")
            found.append(Figure(title, event_plot(points, f"event study, column {column.column_id}")))
    return found


def _curves(table: PrintedTable) -> list[Figure]:
    """One specification curve per column."""
    found = []
    for column in table.table.columns:
        cells = [c for c in table.cells if c.column_id == column.column_id]
        if cells:
            title = Text(f"({column.column_id}) {column.label.en}", f"({column.column_id}) {column.label.zh}")
            points = [_point(Text(c.term, c.term), c) for c in cells]
            found.append(Figure(title, curve_plot(points, f"specification curve, column {column.column_id}")))
    return found


def _point(label: Text, c: Cell) -> Point:
    reach = None if c.published is None or c.published_se is None else 1.96 * c.published_se
    ends = (None, None) if reach is None else (c.published - reach, c.published + reach)
    return Point(label, c.estimate, c.ci[0], c.ci[1], c.published, *ends, c.planted)
