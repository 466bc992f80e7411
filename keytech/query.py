"""Asking a release in SQL, read-only and shut in: the release's tables and nothing else on the machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from keytech.release import ReleaseError

ROWS = 1000
LABEL = 80  # characters of a variable label in Stata


class QueryError(ReleaseError):
    """A query that cannot be run on a release."""


@dataclass(frozen=True)
class Answer:
    """The first rows of a query, and how many rows it has in all."""

    frame: pd.DataFrame
    rows: int


def open_shut_in(release: Path) -> duckdb.DuckDBPyConnection:
    """The release's DuckDB file, read-only, without access to other files, to the net or to extensions."""
    settings = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "lock_configuration": "true",
    }
    return duckdb.connect(str(release.resolve() / "warehouse.duckdb"), read_only=True, config=settings)


def ask(release: Path, sql: str, limit: int = ROWS) -> Answer:
    """Run one query; `limit` 0 gives all rows. Raises QueryError for what is no query, writes, or is wrong."""
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
    if len(statements) != 1:
        raise QueryError(f"one query is wanted, {len(statements)} were given")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise QueryError("only a query (select ...) can be asked: a release does not change")
    with open_shut_in(release) as connection:
        try:
            found = connection.sql(sql)
            frame = (found.limit(limit + 1) if limit else found).df()
            cut = bool(limit) and len(frame) > limit
            rows = found.count("*").fetchall()[0][0] if cut else len(frame)
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
    return Answer(frame.head(limit) if cut else frame, rows)


def export(release: Path, table: str, out: Path, resource: dict) -> int:
    """Write a table to `out`, by its ending csv, dta or xlsx; returns its rows.

    `resource`: the table's entry in the descriptor, whose words become Stata's variable labels. Stata stores dates as
    days, whole numbers with gaps as doubles, names cut to 32 characters. Raises QueryError for another ending, for more
    rows than a sheet holds, and for names that Stata cannot tell apart.
    """
    frame = ask(release, f"select * from {table}", limit=0).frame
    kind = out.suffix.lower().lstrip(".")
    out.parent.mkdir(parents=True, exist_ok=True)
    if kind == "csv":
        frame.to_csv(out, index=False, encoding="utf-8-sig")
    elif kind == "xlsx":
        _to_workbook(frame, out)
    elif kind == "dta":
        _to_stata(frame, out, resource)
    else:
        raise QueryError(f"{out.name}: the ending must be .csv, .dta or .xlsx")
    return len(frame)


def _to_workbook(frame: pd.DataFrame, out: Path) -> None:
    if len(frame) >= 1_048_576:
        raise QueryError(f"{len(frame):,} rows do not fit on a sheet (1,048,575): use .csv or .dta")
    frame.to_excel(out, index=False, engine="openpyxl")


def _to_stata(frame: pd.DataFrame, out: Path, resource: dict) -> None:
    import pyreadstat

    short = [name[:32] for name in frame]
    if len(set(short)) < len(short):
        raise QueryError("two columns have the same first 32 characters, more than Stata can tell apart")
    words = {field["name"]: field for field in resource.get("schema", {}).get("fields", [])}
    labels = [_label(words.get(name, {})) for name in frame]
    ready = frame.set_axis(short, axis=1)
    for name in ready:
        if pd.api.types.is_bool_dtype(ready[name]):
            ready[name] = ready[name].astype("float64")
    pyreadstat.write_dta(ready, str(out), column_labels=labels, version=15)


def _label(field: dict) -> str:
    text = " ".join(part for part in (field.get("description"), field.get("title")) if part)
    return text if len(text) <= LABEL else text[: LABEL - 1] + "…"
