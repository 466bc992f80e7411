"""What the data-quality page shows: flows of rows, missing values, links between sources, checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from keytech.report.disclosure import THRESHOLD, counts
from keytech.report.facts import Facts
from keytech.report.lights import layer_of

# What is shown of a quality table: head, category, count. Tables that are not named here hold names of firms or places
# as they were written, or are not known to hold none: of those only the number of rows is told.
SHOWN = {
    "dq_industry_links": ("link", "method", "n_rows"),
    "dq_key_technology_lists": ("list_id", "code_level", "n_codes"),
    "dq_owner_rules": ("owner_kind", "rule_id", "n_pairs"),
}
PUBLIC = {"dq_key_technology_lists"}
NOT_MATCHED = {"unmatched", "ambiguous"}
OWN_PAGE = {"dq_row_accounting", "dq_sample_accounting", "dq_match_rates"}


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
    """One quality table: counts of its categories where SHOWN names them, else only how many rows it has."""

    name: str
    en: str
    zh: str
    n_rows: int
    groups: tuple[tuple[str, tuple[tuple[str | int, str, float | None], ...]], ...]

    @property
    def title(self) -> str:
        """The name in words: `dq_owner_rules` is `Owner rules`."""
        return self.name.removeprefix("dq_").replace("_", " ").capitalize()


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
            found.append(Measure(name, en, zh, len(frame), _groups(name, frame)))
    return found


def _groups(name: str, frame: pd.DataFrame) -> tuple:
    """Counts and shares of the categories under each head, then how many are withheld; empty where not shown."""
    if name not in SHOWN or not set(SHOWN[name]) <= set(frame):
        return ()
    head, category, count = SHOWN[name]
    groups = []
    for title, part in frame.groupby(head, sort=True):
        tally = part.groupby(category)[count].sum()
        cells = {str(k): int(n) for k, n in tally.items()}
        total, shown = sum(cells.values()), counts(cells, protect=name not in PUBLIC)
        known = sorted((k for k in cells if shown[k] is not None), key=lambda k: (-cells[k], k))
        lines = [(k, f"{cells[k]:,}", cells[k] / total if total else None) for k in known]
        withheld = len(cells) - len(known)
        lines += [(withheld, "", None)] if withheld else []
        groups.append((str(title), tuple(lines)))
    return tuple(groups)


def match_grid(facts: Facts) -> MissingGrid | None:
    """Share of rows whose name is matched to one firm, by source of names and year; None without dq_match_rates."""
    frame = facts.quality.get("dq_match_rates")
    if frame is None or frame.empty:
        return None
    frame = frame.assign(matched=frame["n_rows"].where(~frame["match_method"].isin(NOT_MATCHED), 0))
    years = sorted({int(y) for y in frame["year"].dropna()})
    sums = frame.groupby(["source", "firm_system", "year"])[["n_rows", "matched"]].sum()
    cells = []
    for source, system in sorted({key[:2] for key in sums.index}):
        found = [sums.loc[(source, system, y)] if (source, system, y) in sums.index else None for y in years]
        shares = tuple(0.0 if f is None else _share(int(f["matched"]), int(f["n_rows"]), True) for f in found)
        cells.append((f"{source} → {system}", shares))
    return MissingGrid("dq_match_rates", tuple(map(str, years)), (), tuple(cells), 0)


def checks_by_layer(facts: Facts) -> dict[str, list]:
    """Every check once, under the deepest layer it reads; the bad ones first."""
    found: dict[str, list] = {}
    for check in sorted(facts.catalog.checks, key=lambda c: (c.status == "pass", c.name)):
        found.setdefault(layer_of(facts, check), []).append(check)
    return found
