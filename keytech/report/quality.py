"""What the data-quality page shows: flows of rows, missing values, links between sources, checks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.report.descriptives import Listing, column_name
from keytech.report.disclosure import THRESHOLD, counts
from keytech.report.facts import Facts
from keytech.report.lights import layer_of
from keytech.report.words import number

# What is shown of a quality table: head (None: all together), category, count. Tables that are named neither here nor in
# LISTED hold names of firms or places as they were written, or are not known to hold none: only their rows are told.
SHOWN = {
    "dq_industry_links": ("link", "method", "n_rows"),
    "dq_key_technology_lists": ("list_id", "code_level", "n_codes"),
    "dq_owner_rules": ("owner_kind", "rule_id", "n_pairs"),
    "dq_ipc_rules": ("list_id", "subfield_code", "n_applications"),
    "dq_unknown_places": (None, "source", "n_rows"),
    "dq_unmatched_owners": (None, "rule_id", "n_applications"),
}
# Tables of aggregates that are printed row by row: their columns; counts under ten are withheld.
LISTED = {
    "dq_core_industries": ("csrc2", "industry_name", "n_firms", "n_applications", "rank_recomputed", "is_named_by_the_paper"),
    "dq_expert_origins": ("origin", "first_year", "last_year", "experts_2001", "experts_last_year", "n_provinces_last_year", "enters_instrument"),
    "dq_production_functions": ("cic2", "status", "firm_years", "firms", "is_converged", "elasticity_labour", "elasticity_materials", "elasticity_capital", "markup_median"),
}  # fmt: skip
COUNTED = ("n_firms", "n_applications", "firm_years", "firms", "experts_2001", "experts_last_year")
PUBLIC = {"dq_key_technology_lists"}
NOT_MATCHED = {"unmatched", "ambiguous"}
OWN_PAGE = {
    "dq_row_accounting", "dq_sample_accounting", "dq_match_rates", "dq_null_rates", "dq_coverage", "dq_freshness",
    "dq_drift", "dq_check_history", "dq_crosswalks",
}  # fmt: skip


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
    listing: Listing | None = None

    @property
    def title(self) -> str:
        """The name in words: `dq_owner_rules` is `Owner rules`."""
        return self.name.removeprefix("dq_").replace("_", " ").capitalize().replace("Ipc", "IPC")


def missing_grids(facts: Facts) -> list[MissingGrid]:
    """Shares of missing values by column and year of every panel and yearly fact, panels first; from `dq_null_rates`."""
    frame = facts.quality.get("dq_null_rates")
    if frame is None:
        return []
    tables = sorted(set(frame["table_name"]), key=lambda name: (not name.startswith("pnl_"), name))
    return [_grid(facts, name, frame[frame["table_name"] == name]) for name in tables]


def _grid(facts: Facts, name: str, frame: pd.DataFrame) -> MissingGrid:
    protect = facts.catalog.privacy_of(name) != "public"
    frame = frame.assign(at=[_year(y) for y in frame["year"]])
    years = tuple(sorted(set(frame["at"])))
    cells = []
    for column, part in frame.groupby("column_name", sort=False):
        if part["n_missing"].sum():
            found = {
                r.at: _share(int(r.n_missing), int(r.n_rows), protect) for r in part.itertuples(index=False)
            }
            cells.append((str(column), tuple(found.get(y, 0.0) for y in years)))
    rows = frame.groupby("at")["n_rows"].max()
    complete = frame["column_name"].nunique() - len(cells)
    return MissingGrid(name, years, tuple(int(rows[y]) for y in years), tuple(cells), complete)


def _year(year: float | None) -> str:
    """A year as text; blank for tables without years."""
    return "" if pd.isna(year) else str(int(year))


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
            listing = _listing(facts, name, frame) if name in LISTED and len(frame) else None
            found.append(Measure(name, en, zh, len(frame), _groups(name, frame), listing))
    return found


def _listing(facts: Facts, name: str, frame: pd.DataFrame) -> Listing:
    """A table of aggregates as text: counts of one to nine withheld, truth as a mark, numbers rounded."""
    columns = [c for c in LISTED[name] if c in frame]
    words = tuple(column_name(facts, name, c) for c in columns)
    rows = [
        tuple(_printed(c, v) for c, v in zip(columns, row, strict=True)) for row in frame[columns].to_numpy()
    ]
    return Listing(name, words, tuple(rows))


def _printed(column: str, value: object) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return "–"
    if isinstance(value, bool | np.bool_):
        return "✓" if value else "–"
    if column in COUNTED:
        return "<10" if 0 < value < THRESHOLD else f"{int(value):,}"
    return (
        number(value, 3)
        if isinstance(value, float) and value != int(value)
        else str(value).removesuffix(".0")
    )


def _groups(name: str, frame: pd.DataFrame) -> tuple:
    """Counts and shares of the categories under each head, then how many are withheld; empty where not shown."""
    if name not in SHOWN or not set(filter(None, SHOWN[name])) <= set(frame) or frame.empty:
        return ()
    head, category, count = SHOWN[name]
    groups = []
    for title, part in frame.groupby(head, sort=True) if head else [("", frame)]:
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
