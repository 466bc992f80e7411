"""What the warehouse is made of: every source table, seed and model with columns, parents, rows; from dbt's manifest.

`snapshot` writes it into the release (`catalog.json`), so that the site of a release rests on the release alone.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from keytech.report.columns import origins

FILE = "catalog.json"
LAYERS = ("source", "staging", "intermediate", "core", "panels", "quality")
PRIVACY = ("public", "licensed", "personal")


@dataclass(frozen=True)
class Column:
    """One column: type, unit, meaning in English and Chinese; raw headers where it is a source's."""

    name: str
    data_type: str
    unit: str | None
    en: str
    zh: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    caveat_en: str = ""
    caveat_zh: str = ""


@dataclass(frozen=True)
class Node:
    """One table of the warehouse or of a delivery. `carried` names all columns the built table has.

    `origins`: column -> (parent, column) pairs it is computed from; an empty column stands for the parent's rows.
    """

    name: str
    layer: str
    en: str
    zh: str
    privacy: str | None
    parents: tuple[str, ...]
    columns: tuple[Column, ...]
    carried: tuple[str, ...]
    rows: int | None
    path: str
    meta: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One data test: what it is about, its last result, and who answers for a warning."""

    name: str
    severity: str
    status: str
    failures: int
    models: tuple[str, ...]
    meta: dict[str, Any]
    description: str

    @property
    def bad(self) -> bool:
        return self.status in {"fail", "error", "skipped"}


@dataclass(frozen=True)
class Catalog:
    """All nodes by name (sources as `source.table`) and all checks."""

    nodes: dict[str, Node]
    checks: tuple[Check, ...]

    @cached_property
    def _ancestries(self) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}

        def visit(name: str) -> frozenset[str]:
            if name not in found:
                node = self.nodes.get(name)
                parents = node.parents if node else ()
                found[name] = frozenset(parents).union(*(visit(p) for p in parents))
            return found[name]

        for name in self.nodes:
            visit(name)
        return found

    def ancestors(self, name: str) -> frozenset[str]:
        """Names of everything that a table rests on, itself left out."""
        return self._ancestries.get(name, frozenset())

    def sources_of(self, name: str) -> list[str]:
        """The raw source tables that a table rests on, by name."""
        return sorted(n for n in self.ancestors(name) if n in self.nodes and self.nodes[n].layer == "source")

    def raw_of(self, name: str, column: str) -> dict[str, set[str]]:
        """The raw source tables, each with its columns, that a column is computed from, through all models between."""
        found: dict[str, set[str]] = {}
        todo, seen = [(name, column)], set()
        while todo:
            at = todo.pop()
            node = self.nodes.get(at[0])
            if at in seen or node is None:
                continue
            seen.add(at)
            if node.layer == "source":
                found.setdefault(at[0], set()).update({at[1]} - {""})
            rows = [(parent, "") for parent in node.parents]
            todo += [tuple(pair) for pair in node.origins.get(at[1], rows)] if at[1] else rows
        return found

    def privacy_of(self, name: str) -> str:
        """The strictest privacy class among a table and everything it rests on; `public` where none says more."""
        classes = [self.nodes[n].privacy for n in {name, *self.ancestors(name)} if n in self.nodes]
        return max((c for c in classes if c), key=PRIVACY.index, default="public")

    def in_layer(self, layer: str) -> list[Node]:
        """Nodes of a layer, by name."""
        return [node for _, node in sorted(self.nodes.items()) if node.layer == layer]


def snapshot(release: Path, target: Path, build: Path) -> None:
    """Write `<release>/catalog.json` from dbt's manifest, the built warehouse and the audit record.

    A catalog that is already there is kept: a release does not change. Raises FileNotFoundError where dbt has not run.
    """
    if (release / FILE).is_file():
        return
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    carried, rows = _relations(build / "warehouse.duckdb")
    entries = {**manifest["nodes"], **manifest["sources"]}
    names = {i: _name(e) for i, e in entries.items() if e["resource_type"] in {"model", "seed", "source"}}
    nodes = [_entry(entries[i], names, carried, rows) for i in names]
    _trace(nodes, {names[i]: entries[i] for i in names}, target)
    audit = json.loads((build / "audit.json").read_text(encoding="utf-8"))
    tests = {e["name"]: e for e in entries.values() if e["resource_type"] == "test"}
    checks = [_check(row, tests[row["name"]]) for row in audit if row["name"] in tests]
    document = {
        "nodes": sorted(nodes, key=lambda n: n["name"]),
        "checks": sorted(checks, key=lambda c: c["name"]),
    }
    building = release / f".{FILE}"
    building.write_text(json.dumps(document, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    os.replace(building, release / FILE)


def read(release: Path) -> Catalog:
    """The catalog of a release. Raises FileNotFoundError where it has none."""
    document = json.loads((release / FILE).read_text(encoding="utf-8"))
    nodes = {
        row["name"]: Node(**(row | {
            "parents": tuple(row["parents"]), "carried": tuple(row["carried"]),
            "columns": tuple(Column(**(c | {"aliases": tuple(c["aliases"])})) for c in row["columns"]),
        }))
        for row in document["nodes"]
    }  # fmt: skip
    checks = tuple(Check(**(row | {"models": tuple(row["models"])})) for row in document["checks"])
    return Catalog(nodes, checks)


def _compiled(entry: dict, target: Path) -> str | None:
    """The SQL of a model; that of an earlier command where the last one built other models only. None for Python."""
    if entry["language"] != "sql":
        return None
    if code := entry.get("compiled_code"):
        return code
    path = target / "compiled" / "keytech" / entry["original_file_path"]
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _trace(nodes: list[dict], entries: dict[str, dict], target: Path) -> None:
    """Add to every model the columns that its columns are computed from."""
    carried = {node["name"]: node["carried"] for node in nodes}
    for node in nodes:
        entry = entries[node["name"]]
        if entry["resource_type"] == "model":
            relations = {
                (entries[p]["schema"], entries[p].get("alias") or entries[p]["name"]): p
                for p in node["parents"]
            }
            node["origins"] = origins(_compiled(entry, target), relations, carried, node["carried"])


def _name(entry: dict) -> str:
    is_source = entry["resource_type"] == "source"
    return f"{entry['source_name']}.{entry['name']}" if is_source else entry["name"]


def _layer(entry: dict) -> str:
    if entry["resource_type"] != "model":
        return entry["resource_type"]
    parts = entry["path"].split("/")
    return parts[1] if parts[0] == "marts" else parts[0]


def _entry(entry: dict, names: dict[str, str], carried: dict, rows: dict) -> dict:
    meta = entry["config"].get("meta") or {}
    name, key = _name(entry), (entry["schema"], entry["name"])
    kept = ("provider_en", "provider_zh", "request_en", "request_zh", "studies", "file_patterns", "key",
            "caveats_en", "caveats_zh", "proposed_spec", "owner")  # fmt: skip
    source = entry.get("source_meta") or {}
    more = {"source_en": source.get("label_en"), "source_zh": source.get("label_zh")} if source else {}
    return {
        "name": name, "layer": _layer(entry), "en": " ".join(entry["description"].split()),
        "zh": meta.get("label_zh", ""), "privacy": meta.get("privacy"), "path": entry["original_file_path"],
        "parents": sorted({names[i] for i in (entry.get("depends_on") or {}).get("nodes", []) if i in names}),
        "columns": [_column(c) for c in entry["columns"].values()],
        "carried": carried.get(key) or sorted(entry["columns"]), "rows": rows.get(key),
        "meta": {k: meta[k] for k in kept if k in meta} | more,
    }  # fmt: skip


def _column(column: dict) -> dict:
    meta = (column.get("config") or {}).get("meta") or column.get("meta") or {}
    return {
        "name": column["name"], "data_type": (column.get("data_type") or "").lower(), "unit": meta.get("unit"),
        "en": " ".join((column.get("description") or "").split()), "zh": meta.get("label_zh", ""),
        "aliases": [str(a) for a in meta.get("aliases") or ()], "required": bool(meta.get("required", False)),
        "caveat_en": meta.get("caveats_en", ""), "caveat_zh": meta.get("caveats_zh", ""),
    }  # fmt: skip


def _check(row: dict, test: dict) -> dict:
    return {
        "name": row["name"], "severity": row["severity"], "status": row["status"], "failures": row["failures"],
        "models": row["models"], "meta": test["config"].get("meta") or {},
        "description": " ".join((test.get("description") or "").split()),
    }  # fmt: skip


def _relations(warehouse: Path) -> tuple[dict[tuple, list[str]], dict[tuple, int]]:
    """Columns of every table and view, and rows of every table, by (schema, name)."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name, table_name, list(column_name order by column_index) from duckdb_columns()"
            " where not internal group by all order by all"
        ).fetchall()
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where not internal order by all"
        ).fetchall()
        rows = {
            (s, t): connection.execute(f'select count(*) from "{s}"."{t}"').fetchone()[0] for s, t in tables
        }
    return {(s, t): names for s, t, names in columns}, rows
