"""What the study pages show beyond the tables: labels of terms, plots, notes on the paper, downloads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from markupsafe import Markup

from keytech.report.charts import draws_chart
from keytech.report.curves import choices_of, curve_plot
from keytech.report.facts import Facts
from keytech.report.plots import Point, coefficient_plot, event_plot
from keytech.report.tables import Cell, PrintedTable, event_time
from keytech.report.words import Text, first_words

MOST_TERMS, MOST_POINTS = 10, 12
TERMS = {"const": Text("constant", "常数项"), "difference": Text("difference of the groups", "组间差异")}


@dataclass(frozen=True)
class Draw:
    """A statistic that is re-drawn. Names in `fit`: what tells it from others, what is held against the draws, its p-value."""

    known_by: str
    ours: str
    p: str
    name: Text


DRAWN = (
    Draw(
        "bootstrap_t",
        "bootstrap_t",
        "bootstrap_p",
        Text("t without an effect, wild bootstrap", "原假设下的t值，野自助法"),
    ),
    Draw(
        "difference", "observed", "permutation_p", Text("difference of re-drawn groups", "随机分组的组间差异")
    ),
    Draw(
        "observed", "observed", "permutation_p", Text("coefficient of placebo treatments", "安慰剂处理的系数")
    ),
)


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
    if term in TERMS:
        return TERMS[term]
    node = facts.catalog.nodes.get(panel)
    columns = {c.name: c for c in node.columns} if node else {}
    parts = [columns.get(name) for name in term.split(":")]
    if not all(parts):
        return Text("", "")
    return Text(" × ".join(first_words(p.en) for p in parts), " × ".join(p.zh for p in parts))


def figures(facts: Facts, table: PrintedTable) -> list[Figure]:
    """Plots of the estimates (`_estimates`), then what columns that re-draw have drawn."""
    return _estimates(facts, table) + _drawn(facts, table)


def _estimates(facts: Facts, table: PrintedTable) -> list[Figure]:
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
            points = [(_point(Text(c.term, c.term), c), choices_of(c.term)) for c in cells]
            found.append(Figure(title, curve_plot(points, f"specification curve, column {column.column_id}")))
    return found


def _drawn(facts: Facts, table: PrintedTable) -> list[Figure]:
    """The distribution of the draws of each column that has some, our statistic marked, with its p-value."""
    found = []
    for column in table.table.columns:
        place = (table.study.study, table.table.table_id, column.column_id)
        values = facts.draws.get(place, [])
        numbers = _numbers(facts, place) if values else {}
        what = next((w for w in DRAWN if {w.known_by, w.p} <= set(numbers)), None)
        if what:
            p = p_of_draws(numbers[what.p], len(values))
            head, n = f"({column.column_id})", f"{len(values):,}"
            said = Text(
                f"{head} {column.label.en} · {what.name.en}, {n} draws · {p}",
                f"{head} {column.label.zh} · {what.name.zh}，{n}次抽样 · {p}",
            )
            name = f"draws, table {table.table.table_id} column {column.column_id}"
            found.append(Figure(said, draws_chart(values, numbers[what.ours], name)))
    return found


def _numbers(facts: Facts, place: tuple[str, str, str]) -> dict[str, float]:
    """The fit statistics of a column."""
    fit = facts.results["fit"]
    mine = (fit["study"] == place[0]) & (fit["table_id"] == place[1]) & (fit["column_id"] == place[2])
    return dict(zip(fit.loc[mine, "statistic"], fit.loc[mine, "value"], strict=True))


def p_of_draws(p: float, draws: int) -> str:
    """A p-value from so many draws: none as extreme is below one over their number, not zero."""
    return f"p < {1 / draws:.2g}" if p == 0 else f"p = {p:.3f}" if p >= 0.0005 else f"p = {p:.1g}"


def _point(label: Text, c: Cell) -> Point:
    reach = None if c.published is None or c.published_se is None else 1.96 * c.published_se
    ends = (None, None) if reach is None else (c.published - reach, c.published + reach)
    return Point(label, c.estimate, c.ci[0], c.ci[1], c.published, *ends, c.planted)
