"""Declared tables as papers print them: terms down, columns across, ours beside the published and planted values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from keytech.studies.declarations import Column, Study, Table
from keytech.studies.run import RUNS

STATISTICS = {
    "n_obs": ("Observations", "观测值"),
    "r2": ("R²", "R²"),
    "adj_r2": ("Adjusted R²", "调整R²"),
    "r2_within": ("Within R²", "组内R²"),
    "centered_r2": ("Centred R²", "中心化R²"),
    "pseudo_r2": ("Pseudo R²", "伪R²"),
    "pseudo_r2_nagelkerke": ("Pseudo R² (Nagelkerke)", "伪R²（Nagelkerke）"),
    "pseudo_r2_mcfadden": ("Pseudo R² (McFadden)", "伪R²（McFadden）"),
    "log_lik": ("Log likelihood", "对数似然"),
    "kp_rk_lm": ("Kleibergen-Paap rk LM", "Kleibergen-Paap rk LM"),
    "kp_rk_wald_f": ("Kleibergen-Paap rk Wald F", "Kleibergen-Paap rk Wald F"),
    "cragg_donald_f": ("Cragg-Donald F", "Cragg-Donald F"),
    "anderson_rubin_ci_low": ("Anderson-Rubin interval, from", "Anderson-Rubin区间下限"),
    "anderson_rubin_ci_high": ("Anderson-Rubin interval, to", "Anderson-Rubin区间上限"),
    "n_clusters": ("Clusters", "聚类数"),
}


# Shown for every table; the others where the paper prints them.
ALWAYS = {
    "n_obs", "r2", "adj_r2", "r2_within", "kp_rk_lm", "kp_rk_wald_f", "n_clusters", "anderson_rubin_ci_low",
    "anderson_rubin_ci_high",
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One coefficient with its inference, the published pair and the planted value; None where there is none."""

    column_id: str
    term: str
    outcome: str
    estimate: float
    std_error: float
    statistic: float
    p_value: float
    ci: tuple[float, float]
    stars: str
    published: float | None
    published_se: float | None
    published_stars: str
    planted: float | None

    @property
    def gap(self) -> float | None:
        """(ours - planted) in our standard errors; None where either is missing."""
        known = self.planted is not None and self.has_error
        return (self.estimate - self.planted) / self.std_error if known else None

    @property
    def has_error(self) -> bool:
        """Whether the number comes with a standard error: shares and weights do not."""
        return math.isfinite(self.std_error) and self.std_error > 0


@dataclass(frozen=True)
class Row:
    """One term across the columns. `role`: `main`, `control`, `first` (a first-stage row) or `block` (another outcome)."""

    term: str
    outcome: str
    role: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class PrintedTable:
    """A table ready to print. `statistics`: (name, ours and published per column); `effects`: (name, yes or no)."""

    study: Study
    table: Table
    rows: tuple[Row, ...]
    statistics: tuple[tuple[str, tuple[tuple[float | None, float | None], ...]], ...]
    effects: tuple[tuple[str, tuple[bool, ...]], ...]
    runs: tuple[dict, ...]

    @property
    def cells(self) -> list[Cell]:
        return [cell for row in self.rows for cell in row.cells if cell is not None]

    @property
    def headline(self) -> bool:
        return any(column.headline for column in self.table.columns)

    def verdict(self) -> dict[str, int]:
        """How the table did: columns estimated, signs as published, planted values within two standard errors."""
        published = [c for c in self.cells if c.published is not None]
        planted = [c for c in self.cells if c.gap is not None]
        return {
            "columns": len(self.runs), "done": sum(run["status"] == "done" for run in self.runs),
            "published": len(published), "same_sign": sum(c.estimate * c.published > 0 for c in published),
            "planted": len(planted), "within": sum(abs(c.gap) <= 2 for c in planted),
        }  # fmt: skip


def printed_table(
    study: Study, table: Table, results: Mapping[str, pd.DataFrame], published_fit: pd.DataFrame
) -> PrintedTable:
    """Shape the stored results of one table; columns that could not be estimated stay blank."""
    ids = [column.column_id for column in table.columns]
    mine = {name: _of(results[name], study, table) for name in ("estimates", "fit", "runs", "scorecard")}
    card = mine["scorecard"][["column_id", "outcome", "term", "published_estimate", "published_std_error",
                              "published_stars", "planted"]]  # fmt: skip
    estimates = mine["estimates"].merge(card, on=["column_id", "outcome", "term"], how="left")
    cells = {(c.outcome, c.term, c.column_id): c for c in map(_cell, estimates.to_dict("records"))}
    runs = {row["column_id"]: _plain(row) for row in mine["runs"].to_dict("records")}
    missing = dict.fromkeys(RUNS) | {"status": "not run"}
    return PrintedTable(
        study, table, _rows(study, table, cells, ids),
        _statistics(mine["fit"], _of(published_fit, study, table), table, study.printed),
        _effects([study.formula_of(column) for column in table.columns]),
        tuple(runs.get(i, missing | {"column_id": i}) for i in ids),
    )  # fmt: skip


def _of(frame: pd.DataFrame, study: Study, table: Table) -> pd.DataFrame:
    return frame[(frame["study"] == study.study) & (frame["table_id"] == table.table_id)]


def _plain(row: dict) -> dict:
    return {key: None if pd.isna(value) else value for key, value in row.items()}


def _cell(row: dict) -> Cell:
    row = _plain(row)
    missing = float("nan")
    error, statistic, p_value, low, high = (
        missing if row[name] is None else row[name]
        for name in ("std_error", "statistic", "p_value", "ci_low", "ci_high")
    )
    return Cell(
        row["column_id"], row["term"], row["outcome"], row["estimate"], error, statistic, p_value, (low, high),
        row["stars"] or "", row["published_estimate"], row["published_std_error"], row["published_stars"] or "",
        row["planted"],
    )  # fmt: skip


def _rows(study: Study, table: Table, cells: dict[tuple, Cell], ids: list[str]) -> tuple[Row, ...]:
    """Terms of interest first, then controls and the constant, then first-stage rows; each in order of first sight."""
    outcomes = {c.column_id: _left(study.formula_of(c)) for c in table.columns}
    staged = {c.column_id for c in table.columns if c.first_stage}
    controls = _controls(study)
    grouped: dict[tuple[str, str, str], dict[str, Cell]] = {}
    for cell in cells.values():
        other = cell.outcome != outcomes[cell.column_id]
        printed = cell.published is not None or cell.planted is not None
        aside = cell.term == "const" or (cell.term in controls and not printed)
        apart = "first" if cell.column_id in staged else "block"
        role = apart if other else "control" if aside else "main"
        key = (role, cell.outcome if other else "", cell.term)
        grouped.setdefault(key, {})[cell.column_id] = cell
    order = {"main": 0, "control": 1, "block": 2, "first": 3}
    rows = []
    for (role, outcome, term), found in sorted(grouped.items(), key=lambda item: order[item[0][0]]):
        rows.append(Row(term, outcome, role, tuple(found.get(i) for i in ids)))
    return tuple(rows)


def _left(formula: str) -> str:
    return formula.split("~")[0].strip()


def _controls(study: Study) -> set[str]:
    return {term for name, terms in study.sets.items() if "control" in name for term in terms}


def _effects(formulas: list[str]) -> tuple[tuple[str, tuple[bool, ...]], ...]:
    """The absorbed effects of each column, as papers print them: one line per effect."""
    absorbed = []
    for formula in formulas:
        parts = [part.strip() for part in formula.split("|")]
        found = parts[1] if len(parts) > 1 and "~" not in parts[1] else ""
        absorbed.append([e.strip() for e in found.split("+") if e.strip() and e.strip() != "0"])
    names = dict.fromkeys(e for effects in absorbed for e in effects)
    return tuple((name, tuple(name in effects for effects in absorbed)) for name in names)


def _statistics(
    fit: pd.DataFrame, published: pd.DataFrame, table: Table, printed: Mapping[str, str]
) -> tuple[tuple[str, tuple[tuple[float | None, float | None], ...]], ...]:
    ours = fit.set_index(["statistic", "column_id"])["value"].to_dict()
    theirs = published.set_index(["statistic", "column_id"])["value"].to_dict()
    has_r2 = any(name == "r2" for name, _ in ours)
    wanted = ALWAYS | {name for name, _ in theirs} | (set() if has_r2 else {"pseudo_r2_mcfadden"})
    wanted -= {mine for name, mine in printed.items() if name in wanted}
    names = [n for n in STATISTICS if n in wanted]
    rows = []
    for name in names:
        mine = printed.get(name, name)
        cells = tuple(_pair(ours, theirs, mine, name, c) for c in table.columns)
        if any(a is not None or b is not None for a, b in cells):
            rows.append((name, cells))
    return tuple(rows)


def _pair(
    ours: dict, theirs: dict, mine: str, name: str, column: Column
) -> tuple[float | None, float | None]:
    """Ours under the paper's name, else under the estimator's, and theirs."""
    own = ours.get((name, column.column_id), ours.get((mine, column.column_id)))
    values = own, theirs.get((name, column.column_id))
    return tuple(None if v is None or pd.isna(v) else float(v) for v in values)


def event_time(term: str) -> int | None:
    """The relative time of an event-study term such as `event::-3`; None for other terms."""
    found = re.fullmatch(r"\w+::(-?\d+)", term)
    return int(found[1]) if found else None
