"""Two releases side by side: which tables changed, by how many rows, and which estimates moved by how many standard errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from keytech.descriptor import read_descriptor
from keytech.release import read_manifest

TERM = "study, table_id, column_id, outcome, term"


@dataclass(frozen=True)
class TableDiff:
    """One table that differs. Without a key (`key` empty) a changed row counts as one removed and one added.

    `columns`: columns of both releases -> rows in which they differ, the most frequent first.
    """

    table: str
    status: str
    key: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    new_columns: tuple[str, ...] = ()
    lost_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moved:
    """One coefficient of both releases: `by` is (new - old) in standard errors of the old one, None where that is zero."""

    place: str
    old: float
    new: float
    by: float | None
    stars: tuple[str, str]


@dataclass(frozen=True)
class ReleaseDiff:
    """`inputs`: sentences on raw files, code and versions; tables that differ; estimates that moved, appeared or went."""

    inputs: tuple[str, ...]
    tables: tuple[TableDiff, ...]
    moved: tuple[Moved, ...]
    new_estimates: int
    lost_estimates: int
    unmoved: int


def diff(old: Path, new: Path, *, memory: str = "1GB", spill: Path | None = None) -> ReleaseDiff:
    """Compare two release folders. Tables of the same checksum are not read; DuckDB keeps within `memory` and spills."""
    config = {"memory_limit": memory, "threads": 2} | ({"temp_directory": str(spill)} if spill else {})
    with duckdb.connect(config=config) as connection:
        tables = tuple(_tables(connection, old, new))
        moved, appeared, gone, same = _estimates(connection, old, new)
    return ReleaseDiff(
        tuple(_inputs(read_manifest(old), read_manifest(new))), tables, moved, appeared, gone, same
    )


def _inputs(old: dict, new: dict) -> list[str]:
    said = []
    before, after = old["raw_files"], new["raw_files"]
    changed = sorted(p for p in before.keys() & after.keys() if before[p] != after[p])
    for what, paths in (
        ("added", sorted(after.keys() - before.keys())),
        ("removed", sorted(before.keys() - after.keys())),
        ("changed", changed),
    ):
        if paths:
            more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
            said.append(f"raw files {what}: {len(paths)} ({', '.join(paths[:5])}{more})")
    for name in (
        "data_origin",
        "git_commit",
        "code_sha256",
        "requirements_lock_sha256",
        "simulation",
        "dbt_vars",
    ):
        if old.get(name) != new.get(name):
            said.append(f"{name}: {_short(old.get(name))} -> {_short(new.get(name))}")
    packages = sorted(
        p
        for p in old["versions"].keys() | new["versions"].keys()
        if old["versions"].get(p) != new["versions"].get(p)
    )
    said += [
        f"{p}: {old['versions'].get(p, 'absent')} -> {new['versions'].get(p, 'absent')}" for p in packages
    ]
    return said


def _short(value: object) -> str:
    text = str(value)
    return text[:12] if isinstance(value, str) and len(text) >= 40 else text


def _tables(connection: duckdb.DuckDBPyConnection, old: Path, new: Path):
    before = {f"{m['schema']}.{m['name']}": m for m in read_manifest(old)["marts"]}
    after = {f"{m['schema']}.{m['name']}": m for m in read_manifest(new)["marts"]}
    described = read_descriptor(new) or read_descriptor(old)
    for table in sorted(before.keys() | after.keys()):
        if table not in before:
            yield TableDiff(table, "new", added=after[table]["rows"])
        elif table not in after:
            yield TableDiff(table, "gone", removed=before[table]["rows"])
        elif before[table]["sha256"] != after[table]["sha256"]:
            key = described.get(table, {}).get("schema", {}).get("primaryKey", ())
            path = Path("marts", *table.split(".")).with_suffix(".parquet")
            yield _compare(connection, table, old / path, new / path, tuple(key))


def _compare(
    connection: duckdb.DuckDBPyConnection, table: str, old: Path, new: Path, key: tuple[str, ...]
) -> TableDiff:
    columns = [_columns(connection, path) for path in (old, new)]
    shared = [name for name in columns[1] if name in columns[0]]
    lists = {
        "new_columns": tuple(n for n in columns[1] if n not in columns[0]),
        "lost_columns": tuple(n for n in columns[0] if n not in columns[1]),
    }
    if not key or not set(key) <= set(shared):
        return TableDiff(table, "changed", (), *_whole_rows(connection, old, new, shared), **lists)
    values = [name for name in shared if name not in key]
    on = " and ".join(f'o."{k}" is not distinct from n."{k}"' for k in key)
    differs = {name: f'o."{name}" is distinct from n."{name}"' for name in values}
    counts = ", ".join(f"count(*) filter (where o.here and n.here and {test})" for test in differs.values())
    any_differs = " or ".join(differs.values()) or "false"
    row = connection.execute(
        f"select count(*) filter (where o.here is null), count(*) filter (where n.here is null),"
        f" count(*) filter (where o.here and n.here and ({any_differs})){', ' + counts if counts else ''}"
        f" from (select *, true as here from {_rows(old)}) o full join (select *, true as here from {_rows(new)}) n on {on}"
    ).fetchone()
    frequent = sorted(
        ((n, name) for name, n in zip(values, row[3:], strict=True) if n), key=lambda p: (-p[0], p[1])
    )
    return TableDiff(table, "changed", key, *row[:3], {name: n for n, name in frequent}, **lists)


def _rows(path: Path) -> str:
    quoted = str(path).replace("'", "''")
    return f"read_parquet('{quoted}')"


def _columns(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    return [row[0] for row in connection.execute(f"describe select * from {_rows(path)}").fetchall()]


def _whole_rows(
    connection: duckdb.DuckDBPyConnection, old: Path, new: Path, columns: list[str]
) -> tuple[int, int]:
    """Rows that only the new and only the old table has, duplicates counted."""
    listed = ", ".join(f'"{name}"' for name in columns)
    sides = [f"select {listed} from {_rows(path)}" for path in (new, old)]
    pairs = ((sides[0], sides[1]), (sides[1], sides[0]))
    counts = [
        connection.execute(f"select count(*) from ({a} except all {b})").fetchone()[0] for a, b in pairs
    ]
    return counts[0], counts[1]


def _estimates(
    connection: duckdb.DuckDBPyConnection, old: Path, new: Path
) -> tuple[tuple[Moved, ...], int, int, int]:
    a, b = (_rows(folder / "results" / "estimates.parquet") for folder in (old, new))
    rows = connection.execute(
        f"select concat_ws('/', study, table_id, column_id, outcome, term), o.estimate, n.estimate,"
        f" (n.estimate - o.estimate) / nullif(o.std_error, 0), o.stars, n.stars"
        f" from {a} o join {b} n using ({TERM}) where o.estimate is distinct from n.estimate"
        f" order by abs((n.estimate - o.estimate) / nullif(o.std_error, 0)) desc nulls last, 1"
    ).fetchall()
    moved = tuple(Moved(*row[:4], (row[4] or "", row[5] or "")) for row in rows)
    total = connection.execute(f"select count(*) from {a} join {b} using ({TERM})").fetchone()[0]
    sizes = [connection.execute(f"select count(*) from {side}").fetchone()[0] for side in (a, b)]
    return moved, sizes[1] - total, sizes[0] - total, total - len(moved)
