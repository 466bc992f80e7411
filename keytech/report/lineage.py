"""From raw file to table cell: the graph of the warehouse and the place of every estimated column in it, as JSON."""

from __future__ import annotations

import json

from keytech.report.disclosure import THRESHOLD
from keytech.report.facts import Facts
from keytech.report.tables import PrintedTable
from keytech.report.words import number

LAYERS = ("source", "seed", "staging", "intermediate", "core", "panels", "quality")


def graph(facts: Facts, tables: list[PrintedTable]) -> str:
    """JSON of nodes, column names and estimated columns; indices stand for names to keep it small.

    A node is [name, layer, English, Chinese, rows, parents, columns carried, files, origins], where origins maps a column
    to pairs of parent and column, -1 for the rows of the parent; a column of a table is
    [panel, label en, label zh, formula, rows in, rows used, proposed, [[term, outcome, estimate, standard error, stars]]].
    """
    nodes = [n for _, n in sorted(facts.catalog.nodes.items()) if not n.name.startswith("landing.")]
    place = {node.name: i for i, node in enumerate(nodes)}
    words = sorted({c for node in nodes for c in node.carried})
    index = {word: i for i, word in enumerate(words)}
    payload = {
        "layers": LAYERS,
        "words": words,
        "nodes": [
            [n.name, LAYERS.index(n.layer), n.en, n.zh, _rows(facts, n), sorted(place[p] for p in n.parents if p in place),
             sorted(index[c] for c in n.carried), facts.files.get(tuple(n.name.split(".", 1)), 0), _origins(n, place, index)]
            for n in nodes
        ],
        "columns": {
            f"{t.study.study}/{t.table.table_id}/{c.column_id}": _column(facts, t, i, place)
            for t in tables for i, c in enumerate(t.table.columns)
        },
    }  # fmt: skip
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return text.replace("</", "<\\/")


def _origins(node, place: dict[str, int], index: dict[str, int]) -> dict[int, list[int]]:
    """Column -> parent, column, parent, column ... as indices."""
    return {
        index[column]: [i for parent, c in pairs if parent in place for i in (place[parent], index.get(c, -1))]
        for column, pairs in node.origins.items() if column in index
    }  # fmt: skip


def _rows(facts: Facts, node) -> int | None:
    """Rows of a table; of a delivery, the raw rows. Counts under ten are left out."""
    rows = node.rows
    if node.layer == "source":
        rows = sum(a.raw for a in facts.accounts if f"{a.source}.{a.table}" == node.name)
    return rows if rows is None or rows >= THRESHOLD or rows == 0 else None


def _column(facts: Facts, table: PrintedTable, i: int, place: dict[str, int]) -> list:
    column, run = table.table.columns[i], table.runs[i]
    cells = [r.cells[i] for r in table.rows if r.cells[i] is not None]
    return [
        place.get(table.study.panel_of(column)),
        column.label.en, column.label.zh, table.study.formula_of(column), _rows_in(facts, run), run.get("rows_used"),
        table.study.paper.proposed_spec,
        [[c.term, c.outcome, number(c.estimate), number(c.std_error), c.stars] for c in cells],
    ]  # fmt: skip


def _rows_in(facts: Facts, run: dict) -> int | None:
    """Rows of the panel; nothing where the rows left out of the estimate are one to nine and not public."""
    into, used = run.get("rows_in"), run.get("rows_used")
    few = into is not None and used is not None and 0 < into - used < THRESHOLD
    return None if few and facts.catalog.privacy_of(run["panel"]) != "public" else into
