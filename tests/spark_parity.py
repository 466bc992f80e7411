"""`make test-spark`: the simulated economy at scale 1, built on DuckDB and on Spark, every core mart compared row by row.

A row is found by the key that its mart's uniqueness test declares. Text, dates, whole numbers and decimals must be equal,
doubles to 1e-12 relative. Exit code 1 names the mart, the column and how many rows differ.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from keytech.project import Places, places
from keytech.spark import build_on_spark, tables

TOLERANCE = 1e-12


def mart_keys(manifest: Path) -> dict[str, list[str]]:
    """Key columns of every core mart, as its uniqueness test says. Raises KeyError where a mart has none."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    marts = {
        n["unique_id"]: n["name"]
        for n in nodes
        if n["resource_type"] == "model" and n["fqn"][1:3] == ["marts", "core"]
    }
    keys = {
        marts[n["attached_node"]]: _key(n["test_metadata"]["kwargs"])
        for n in nodes
        if n["resource_type"] == "test" and n.get("attached_node") in marts
        and (n.get("test_metadata") or {}).get("name") in {"unique_combination", "unique"}
    }  # fmt: skip
    return {name: keys[name] for name in sorted(marts.values())}


def _key(arguments: dict) -> list[str]:
    return arguments["columns"] if "columns" in arguments else [arguments["column_name"]]


def differences(
    connection: duckdb.DuckDBPyConnection, left: str, right: str, key: list[str]
) -> dict[str, int]:
    """How two relations differ: rows only in one of them, and rows in both whose column differs; nothing where they agree.

    `left` and `right` are relations as SQL. Columns that only one has count as a difference of every row.
    """
    types = {side: dict(connection.execute(f"select column_name, column_type from (describe from {side})").fetchall())
             for side in (left, right)}  # fmt: skip
    shared = [name for name in types[left] if name in types[right] and name not in key]
    on = " and ".join(f"l.{name} is not distinct from r.{name}" for name in key)
    counts = ", ".join(f"count(*) filter (where {_unequal(name, types[left][name])})" for name in shared)
    found = dict(zip(shared, connection.execute(
        f"select {counts or '0'} from {left} as l inner join {right} as r on {on}").fetchone(), strict=False))  # fmt: skip
    for name, here, there in (("rows on DuckDB only", left, right), ("rows on Spark only", right, left)):
        found[name] = connection.execute(
            f"select count(*) from {here} as l anti join {there} as r on {on}"
        ).fetchone()[0]
    rows = connection.execute(f"select count(*) from {left}").fetchone()[0]
    found |= {f"{name} (on one engine only)": rows for name in set(types[left]) ^ set(types[right])}
    return {name: n for name, n in found.items() if n}


def _unequal(name: str, kind: str) -> str:
    if kind in {"DOUBLE", "FLOAT"}:
        near = f"abs(l.{name} - r.{name}) <= {TOLERANCE} * greatest(abs(l.{name}), abs(r.{name}))"
        return f"l.{name} is distinct from r.{name} and not coalesce({near}, false)"
    return f"l.{name} is distinct from r.{name}"


def compare(here: Places) -> dict[str, dict[str, int]]:
    """Differences of every core mart of one build; prints a line for each."""
    keys = mart_keys(here.build / "target" / "manifest.json")
    on_spark = tables(here)
    found = {}
    with duckdb.connect(str(here.warehouse), read_only=True) as connection:
        for name, key in keys.items():
            spark = f"(from read_parquet('{on_spark[f'marts.{name}']}/*.parquet'))"
            found[name] = differences(connection, f"marts.{name}", spark, key)
            rows = connection.execute(f"select count(*) from marts.{name}").fetchone()[0]
            print(
                f"{'equal ' if not found[name] else 'DIFFER'}  {name:34} {rows:>9,} rows  {found[name] or ''}",
                flush=True,
            )
    return found


def main() -> int:
    """Simulate, land, build twice, compare."""
    root = places().root
    with tempfile.TemporaryDirectory(prefix="keytech-spark-") as folder:
        os.environ |= {
            "KEYTECH_LANDED": f"{folder}/landed",
            "KEYTECH_BUILD": f"{folder}/build",
            "KEYTECH_RAW": f"{folder}/economy/raw",
        }
        here, tools = Places(root), Path(sys.executable).parent
        for words in (
            [tools / "keytech", "simulate", "--out", f"{folder}/economy"], [tools / "keytech", "land"],
            [tools / "dbt", "--quiet", "build", "--exclude", "resource_type:unit_test", "resource_type:test", "marts.panels+", "marts.quality",
             "--target-path", f"{folder}/build/target", "--log-path", f"{folder}/build/logs"],
        ):  # fmt: skip
            print("->", " ".join(str(w) for w in words[1:4]), flush=True)
            subprocess.run([str(w) for w in words], cwd=root, check=True)
        print("-> the same models on Spark", flush=True)
        build_on_spark(here)
        found = compare(here)
    differing = [name for name, columns in found.items() if columns]
    print(f"{len(found) - len(differing)} of {len(found)} core marts are equal on DuckDB and Spark")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
