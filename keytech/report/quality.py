"""What the data-quality page shows: flows of rows, missing values, links between sources, checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from keytech.report.disclosure import THRESHOLD, counts
from keytech.report.facts import Facts
from keytech.report.lights import layer_of

# Text columns that hold categories, never names of firms or persons: only such tables are shown cell by cell.
CATEGORIES = {
    "link",
    "method",
    "source",
    "table_name",
    "step",
    "reason",
    "panel",
    "status",
    "layer",
    "column_name",
    "name",
    "statistic",
    "part",
}
NUMBERS = {
    "n_rows",
    "rows",
    "share",
    "rate",
    "year",
    "matched",
    "n_matched",
    "null_share",
    "match_rate",
    "n_names",
}
OWN_PAGE = {"dq_row_accounting", "dq_sample_accounting"}


@dataclass(frozen=True)
class MissingGrid:
    """Missing values of one panel. `cells`: column -> share of rows per year, None for counts of 1-9 (too few to print)."""

    panel: str
    years: tuple[str, ...]
    rows: tuple[int, ...]
    cells: tuple[tuple[str, tuple[float | None, ...]], ...]
    complete: int


@dataclass(frozen=True)
class Measure:
    """One quality table: its rows where all its columns are categories and numbers, else only how many it has."""

    name: str
    en: str
    zh: str
    n_rows: int
    groups: tuple[tuple[str, tuple[tuple[str, str, float | None], ...]], ...]


def missing_grids(facts: Facts) -> list[MissingGrid]:
    """Shares of missing values by column and year, counted in the released Parquet files of the panels."""
    paths = sorted((facts.release / "marts" / "panels").glob("*.parquet"))
    with duckdb.connect(config={"threads": 1}) as connection:
        return [_grid(connection, facts, path) for path in paths]


def _grid(connection: duckdb.DuckDBPyConnection, facts: Facts, path: Path) -> MissingGrid:
    names = [row[0] for row in connection.execute(f"describe from '{path}'").fetchall()]
    by = "year::varchar" if "year" in names else "''"
    tallies = ", ".join(f'count(*) - count("{name}")' for name in names)
    found = connection.execute(
        f"select {by}, count(*), {tallies} from '{path}' group by 1 order by 1"
    ).fetchall()
    protect = facts.catalog.privacy_of(path.stem) != "public"
    cells = []
    for i, name in enumerate(names, start=2):
        if any(row[i] for row in found):
            cells.append((name, tuple(_share(row[i], row[1], protect) for row in found)))
    return MissingGrid(
        path.stem,
        tuple(r[0] for r in found),
        tuple(r[1] for r in found),
        tuple(cells),
        len(names) - len(cells),
    )


def _share(missing: int, rows: int, protect: bool) -> float | None:
    """None where the missing or the present values are one to nine."""
    if protect and (0 < missing < THRESHOLD or 0 < rows - missing < THRESHOLD):
        return None
    return missing / rows if rows else 0.0


def measures(facts: Facts) -> list[Measure]:
    """The remaining quality tables, by name."""
    found = []
    for name, frame in sorted(facts.quality.items()):
        if name not in OWN_PAGE:
            node = facts.catalog.nodes.get(name)
            en, zh = (node.en, node.zh) if node else ("", "")
            found.append(Measure(name, en, zh, len(frame), _groups(frame)))
    return found


def _groups(frame: pd.DataFrame) -> tuple:
    """Categories with counts and shares by their first column; empty for tables that hold anything else."""
    texts = [c for c in frame if c in CATEGORIES]
    if len(texts) != 2 or set(frame) - set(texts) - NUMBERS or "n_rows" not in frame:
        return ()
    groups = []
    for head, part in frame.groupby(texts[0], sort=True):
        cells = {str(k): int(n) for k, n in zip(part[texts[1]], part["n_rows"], strict=True)}
        total = sum(cells.values())
        shown = counts(cells)
        rows = sorted(cells, key=lambda k: (-cells[k], k))
        lines = tuple((k, "<10" if cells[k] < THRESHOLD else "–", None) if shown[k] is None
                      else (k, f"{cells[k]:,}", cells[k] / total if total else None) for k in rows)  # fmt: skip
        groups.append((str(head), lines))
    return tuple(groups)


def checks_by_layer(facts: Facts) -> dict[str, list]:
    """Every check once, under the deepest layer it reads; the bad ones first."""
    found: dict[str, list] = {}
    for check in sorted(facts.catalog.checks, key=lambda c: (c.status == "pass", c.name)):
        found.setdefault(layer_of(facts, check), []).append(check)
    return found
