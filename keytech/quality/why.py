"""Why a check fails: the rows, and the file and row of the raw data that they come from, as far as names lead."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from keytech import audit
from keytech.project import Places
from keytech.quality.expectations import Expectation
from keytech.quality.frames import Files, connect
from keytech.quality.suites import all_expectations

# What dbt's own tests call the value of the tested column.
VALUES = ("value_field", "unique_field", "from_field")
TRACES = 3


class UnknownCheck(KeyError):
    """No check of that name; `nearest` are those most like it."""

    def __init__(self, name: str, nearest: list[str]):
        super().__init__(name)
        self.name, self.nearest = name, nearest


@dataclass(frozen=True)
class Trace:
    """Rows of `table` that share `columns` with the failing rows; they carry the raw file and row number."""

    table: str
    columns: tuple[str, ...]
    rows: pd.DataFrame


@dataclass(frozen=True)
class Why:
    """A check, its last result, the rows that break it (`total` in all, the first of them in `rows`) and their traces."""

    name: str
    what: str
    last: audit.Check | None
    total: int
    rows: pd.DataFrame
    traces: tuple[Trace, ...]
    tables: tuple[str, ...]


def why(name: str, places: Places, limit: int = 20) -> Why:
    """Explain a dbt test or border check from what is on disk; nothing is rebuilt.

    Raises UnknownCheck, and FileNotFoundError where nothing has been built yet.
    """
    manifest_path = places.dbt_target / "manifest.json"
    if not manifest_path.is_file() or not places.warehouse.is_file():
        raise FileNotFoundError("nothing has been built yet: `make run` or `make marts` first")
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    borders = {e.name: e for e in all_expectations(places.root, places.dbt_target)}
    tests = {n["name"]: n for n in manifest["nodes"].values() if n["resource_type"] == "test"}
    last = next((c for c in audit.read(places.build) if c.name == name), None)
    with duckdb.connect(str(places.warehouse), read_only=True) as warehouse:
        if name in borders:
            return _border(borders[name], last, places, manifest, warehouse, limit)
        if name in tests:
            return _test(tests[name], last, places, manifest, warehouse, limit)
    known = sorted([*borders, *tests])
    raise UnknownCheck(name, difflib.get_close_matches(name, known, n=5, cutoff=0.4))


def failing(places: Places) -> list[audit.Check]:
    """Every check on record that does not pass, worst first."""
    order = ("error", "fail", "warn", "skipped")
    found = [c for c in audit.read(places.build) if c.status in order and c.kind in {"test", audit.BORDER}]
    return sorted(found, key=lambda c: (order.index(c.status), c.name))


def _border(
    check: Expectation, last: audit.Check | None, places: Places, manifest: dict,
    warehouse: duckdb.DuckDBPyConnection, limit: int,
) -> Why:  # fmt: skip
    sample = places.build / "quality" / "samples" / f"{check.name}.parquet"
    if sample.is_file():
        rows = pd.read_parquet(sample)
        total = max(last.failures if last else 0, len(rows))
    else:
        with connect(Files(places.landed, places.build / "marts"), check.relations) as files:
            rows = files.execute(f"select * from ({check.rows or check.sql}) order by all").df()
        total = len(rows) if check.rows else 0
    name = check.table if "." not in check.table else None
    traces = _traces(rows.head(limit), [name] if name else [], manifest, warehouse, limit)
    return Why(check.name, check.label.en, last, total, rows.head(limit), traces, (check.table,))


def _test(
    node: dict, last: audit.Check | None, places: Places, manifest: dict,
    warehouse: duckdb.DuckDBPyConnection, limit: int,
) -> Why:  # fmt: skip
    sql = _compiled(node, places.dbt_target)
    total = warehouse.execute(f"select count(*) from ({sql})").fetchone()[0]
    rows = warehouse.execute(f"select * from ({sql}) limit {limit}").df()
    rows = rows.rename(columns={value: node["column_name"] for value in VALUES if node.get("column_name")})
    asked = [i for i in node["depends_on"]["nodes"] if i in manifest["nodes"]]
    about = [i for i in (node.get("attached_node"),) if i] or asked
    names = [manifest["nodes"][i]["name"] for i in about]
    said = " ".join((node.get("description") or "").split()) or node["name"].replace("_", " ")
    return Why(
        node["name"], said, last, total, rows, _traces(rows, names, manifest, warehouse, limit), tuple(names)
    )


def _compiled(node: dict, target: Path) -> str:
    """The SQL of a test as dbt ran it last."""
    paths = sorted((target / "compiled").rglob(node["path"].rsplit("/", 1)[-1]))
    if node.get("compiled_code"):
        return node["compiled_code"]
    if not paths:
        raise FileNotFoundError(f"{node['name']} has not been run yet: `make marts` first")
    return paths[0].read_text(encoding="utf-8")


def _traces(
    rows: pd.DataFrame, models: list[str], manifest: dict, warehouse: duckdb.DuckDBPyConnection, limit: int
) -> tuple[Trace, ...]:
    """Rows with file and row number in the tables at or above `models` that share most columns with the failing rows."""
    if rows.empty or "_file" in rows:
        return ()
    warehouse.register("failing_rows", rows)
    relations = _relations(warehouse)
    found = []
    for distance, name in enumerate(_upwards(models, manifest)):
        relation, columns = relations.get(name, ("", set()))
        shared = tuple(c for c in rows if c in columns and c != "_row")
        if {"_file", "_row"} <= columns and set(shared) - {"year"}:
            found.append((-len(shared), distance, name, relation, shared))
    most = min((f[0] for f in found), default=0)
    chosen = sorted(f for f in found if f[0] == most)[:TRACES]
    return tuple(_trace(warehouse, name, relation, shared, limit) for _, _, name, relation, shared in chosen)


def _trace(
    warehouse: duckdb.DuckDBPyConnection, name: str, relation: str, shared: tuple[str, ...], limit: int
) -> Trace:
    same = " and ".join(f'a."{c}"::varchar is not distinct from b."{c}"::varchar' for c in shared)
    rows = warehouse.execute(
        f"select a._file, a._row, a.* exclude (_file, _row) from {relation} as a semi join failing_rows as b on {same}"
        f" order by a._file, a._row limit {limit}"
    ).df()
    return Trace(name, shared, rows)


def _relations(warehouse: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, set[str]]]:
    """Built tables and views by name: qualified name and columns."""
    found = warehouse.execute(
        "select table_name, any_value(schema_name), list(column_name) from duckdb_columns() where not internal group by table_name"
    ).fetchall()
    return {name: (f'"{schema}"."{name}"', set(columns)) for name, schema, columns in found}


def _upwards(models: list[str], manifest: dict) -> Iterator[str]:
    """The models themselves, then what they rest on, nearest first."""
    ids = {n["name"]: i for i, n in manifest["nodes"].items() if n["resource_type"] in {"model", "seed"}}
    todo, seen = [ids[m] for m in models if m in ids], set()
    while todo:
        at = todo.pop(0)
        if at not in seen and at in manifest["nodes"]:
            seen.add(at)
            yield manifest["nodes"][at]["name"]
            todo += sorted(manifest["parent_map"].get(at, ()))
