"""One DuckDB connection on which the macros of the models run; every test asks it in SQL."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import pytest

from keytech.text.sql import ROOT, MacroSql

REFERENCE = ROOT.parent / "shared" / "reference"
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def sql() -> MacroSql:
    """Macros and seeds on one connection."""
    return MacroSql(duckdb.connect())


@pytest.fixture
def value(sql: MacroSql) -> Callable[[str, object], object]:
    """`value("firm_name_key", text)`: what a one-column macro makes of one text."""

    def call(macro: str, text: object) -> object:
        query = f"select {{{{ {macro}('s') }}}} from (select ?::varchar as s)"
        return sql.query(query, [text]).fetchone()[0]

    return call


@pytest.fixture
def table(sql: MacroSql) -> Callable[..., str]:
    """`table("t", ["a", "b"], rows)`: a temporary table of text columns, replaced at each call."""

    def create(name: str, columns: list[str], rows: Iterable[tuple[object, ...]]) -> str:
        definition = ", ".join(f"{column} varchar" for column in columns)
        sql.connection.execute(f"create or replace temporary table {name} ({definition})")
        rows = list(rows)
        if rows:
            marks = ", ".join("?" for _ in columns)
            sql.connection.executemany(f"insert into {name} values ({marks})", rows)
        return name

    return create


def labelled(file: str) -> list[dict[str, str]]:
    """Rows of a labelled csv beside the tests."""
    with (HERE / file).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
