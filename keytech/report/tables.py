"""Declared tables as papers print them: terms down, columns across, ours beside the published and planted values."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from keytech.studies.declarations import Study, Table

SHOWN_STATISTICS = (
    "n_obs",
    "r2",
    "adj_r2",
    "r2_within",
    "pseudo_r2_nagelkerke",
    "log_lik",
    "kp_rk_lm",
    "kp_rk_wald_f",
)


@dataclass(frozen=True)
class Cell:
    """One coefficient: our estimate, standard error and stars, the published pair, the planted value."""

    estimate: str
    std_error: str
    stars: str
    published: str
    planted: str


@dataclass(frozen=True)
class PrintedTable:
    """A table ready to print. `rows`: (outcome, term) -> cell per column; `statistics`: name -> (ours, published)."""

    study: Study
    table: Table
    rows: list[tuple[str, list[Cell | None]]]
    statistics: list[tuple[str, list[tuple[str, str]]]]
    runs: list[dict]


def number(value: float | None, digits: int = 4) -> str:
    """A number with `digits` decimals, in scientific notation where that would hide it; blank where missing."""
    if value is None or pd.isna(value):
        return ""
    if value != 0 and abs(value) < 10 ** (1 - digits):
        return f"{value:.2e}"
    return f"{value:,.{digits}f}" if abs(value) < 1e6 else f"{value:.3g}"


def printed_table(
    study: Study, table: Table, results: dict[str, pd.DataFrame], published_fit: pd.DataFrame
) -> PrintedTable:
    """Shape the stored results of one table; columns that could not be estimated stay blank."""
    columns = [column.column_id for column in table.columns]
    mine = {name: _of(frame, study, table) for name, frame in results.items()}
    estimates = mine["estimates"].merge(
        mine["scorecard"][["column_id", "outcome", "term", "published_estimate", "published_std_error",
                           "published_stars", "planted"]],
        on=["column_id", "outcome", "term"], how="left",
    )  # fmt: skip
    rows = []
    for term in dict.fromkeys(estimates["term"]):
        part = estimates[estimates["term"] == term].set_index("column_id")
        rows.append((term, [_cell(part, column) for column in columns]))
    statistics = _statistics(mine["fit"], _of(published_fit, study, table), columns)
    return PrintedTable(study, table, rows, statistics, mine["runs"].to_dict("records"))


def _of(frame: pd.DataFrame, study: Study, table: Table) -> pd.DataFrame:
    return frame[(frame["study"] == study.study) & (frame["table_id"] == table.table_id)]


def _cell(part: pd.DataFrame, column: str) -> Cell | None:
    if column not in part.index:
        return None
    row = part.loc[column]
    row = row.iloc[0] if isinstance(row, pd.DataFrame) else row
    published = ""
    if pd.notna(row["published_estimate"]):
        printed_stars = row["published_stars"] if pd.notna(row["published_stars"]) else ""
        published = (
            f"{number(row['published_estimate'])}{printed_stars} ({number(row['published_std_error'])})"
        )
    return Cell(
        number(row["estimate"]), number(row["std_error"]), row["stars"], published, number(row["planted"])
    )


def _statistics(
    fit: pd.DataFrame, published: pd.DataFrame, columns: list[str]
) -> list[tuple[str, list[tuple[str, str]]]]:
    ours = fit.set_index(["statistic", "column_id"])["value"].to_dict()
    theirs = published.set_index(["statistic", "column_id"])["value"].to_dict()
    rows = []
    for name in SHOWN_STATISTICS:
        digits = 0 if name == "n_obs" else 4
        cells = [
            (number(ours.get((name, c)), digits), number(theirs.get((name, c)), digits)) for c in columns
        ]
        if any(mine or printed for mine, printed in cells):
            rows.append((name, cells))
    return rows
