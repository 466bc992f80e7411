"""Figures of a study that draw a mart and no estimate: declared in the study file, aggregated here, counts protected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from keytech.report.charts import bar_chart, line_chart, point_chart
from keytech.report.coverage import TILES, tile_map
from keytech.report.disclosure import THRESHOLD
from keytech.report.facts import Facts
from keytech.report.studies import Figure
from keytech.report.words import Text, first_words
from keytech.studies.declarations import Drawing, Study


def descriptive_figures(facts: Facts, study: Study) -> list[Figure]:
    """The study's declared drawings whose mart the release holds; a category with fewer than ten units is withheld."""
    found = []
    for drawing in study.figures:
        path = facts.release / "marts" / "marts" / f"{drawing.mart}.parquet"
        rows = _rows(path, drawing) if path.is_file() else []
        if rows:
            title = Text(
                f"{drawing.figure_id} · {drawing.label.en}", f"{drawing.figure_id} · {drawing.label.zh}"
            )
            found.append(Figure(title, _drawn(facts, drawing, rows)))
    return found


@dataclass(frozen=True)
class Listing:
    """A mart shown row by row: column names in words, cells as text."""

    name: str
    columns: tuple[Text, ...]
    rows: tuple[tuple[str, ...], ...]


def codebook(facts: Facts, study: Study) -> Listing | None:
    """The study's declared codebook, if the release holds it. Only a public mart may be listed: ValueError otherwise."""
    path = facts.release / "marts" / "marts" / f"{study.codebook}.parquet"
    if study.codebook is None or not path.is_file():
        return None
    if facts.catalog.privacy_of(study.codebook) != "public":
        raise ValueError(f"{study.codebook} is not public: its rows stay out of the page")
    with duckdb.connect(config={"threads": 1}) as connection:
        found = connection.execute(f"from '{path}' order by all")
        columns = tuple(column_name(facts, study.codebook, name) for name, *_ in found.description)
        rows = tuple(tuple("" if v is None else str(v) for v in row) for row in found.fetchall())
    return Listing(study.codebook, columns, rows)


def _rows(path: Path, drawing: Drawing) -> list[tuple]:
    """(category, series, value, second value, withheld), summed over the rows of a category and series."""
    series = drawing.series or "''"
    counted = f"max({drawing.counted}) < {THRESHOLD}" if drawing.counted else "false"
    sql = f"""
        select {drawing.category}, {series}, sum({drawing.value})::double / {drawing.per}, sum({drawing.against or 0})::double, {counted}
        from '{path}' where {drawing.where or "true"} group by all having sum({drawing.value}) is not null order by all
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        return connection.execute(sql).fetchall()


def _drawn(facts: Facts, drawing: Drawing, rows: list[tuple]):
    name = f"{drawing.figure_id} {drawing.label.en}"
    shown = [row for row in rows if not row[4]]
    if drawing.kind == "lines":
        kinds = sorted({row[1] for row in shown})
        lines = [
            (_word(drawing, kind), [(int(row[0]), row[2]) for row in shown if row[1] == kind])
            for kind in kinds
        ]
        return line_chart(lines, name)
    if drawing.kind == "tiles":
        known = {row[0]: None if row[4] else round(row[2]) for row in rows if row[0] in TILES}
        return tile_map(known, name)
    if drawing.kind == "points":
        points = [(_place(row[0]), row[3], row[2]) for row in shown]
        return point_chart(
            points,
            (
                column_name(facts, drawing.mart, drawing.against or ""),
                column_name(facts, drawing.mart, drawing.value),
            ),
            name,
        )
    bars: list[tuple[Text, float | None]] = [
        (_word(drawing, row[0]), row[2]) for row in sorted(shown, key=lambda row: (-row[2], str(row[0])))
    ]
    if withheld := len(rows) - len(shown):
        bars.append((Text(f"{withheld} withheld", f"{withheld}项不予显示"), None))
    return bar_chart(bars, name)


def _word(drawing: Drawing, key: str) -> Text:
    """A category in words where the declaration names it, else as it is."""
    label = drawing.words.get(str(key))
    return Text(label.en, label.zh) if label else Text(str(key), str(key))


def _place(code: str) -> Text:
    letters, chinese, *_ = TILES.get(code, (code, code))
    return Text(letters, chinese)


def column_name(facts: Facts, mart: str, name: str) -> Text:
    """A column of a mart in words, as its contract says it."""
    node = facts.catalog.nodes.get(mart)
    found = [c for c in node.columns if c.name == name] if node else []
    return Text(first_words(found[0].en), found[0].zh) if found else Text(name, name)
