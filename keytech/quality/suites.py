"""All border checks of the project: derived from the contracts, and written by hand in `expectations/`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from keytech.landing import load_contracts
from keytech.landing.contracts import PRIVACY
from keytech.quality.derive import derive, landed_shape, panel_shape
from keytech.quality.expectations import Expectation, SuiteError, read_suites

FOLDER = "expectations"


def all_expectations(root: Path, target: Path) -> list[Expectation]:
    """Every border check, by name; reads the source contracts, `<target>/manifest.json` and `expectations/*.yml`.

    Raises SuiteError where two checks share a name.
    """
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    shapes = [landed_shape(source, table) for source in load_contracts(root) for table in source.tables]
    shapes += _panel_shapes(manifest)
    privacy = {shape.relation: shape.privacy for shape in shapes}
    found = [check for shape in shapes for check in derive(shape)]
    found += read_suites(root / FOLDER, privacy)
    tests = [node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    names = Counter([check.name for check in found] + tests)
    if twice := sorted(name for name, n in names.items() if n > 1):
        raise SuiteError(f"two checks share a name: {', '.join(twice)}")
    return sorted(found, key=lambda check: check.name)


def write_suites(expectations: list[Expectation], folder: Path) -> None:
    """One suite file per table, as great-expectations keeps them: `<folder>/<border>/<table>.json`."""
    tables: dict[tuple[str, str], list[dict]] = {}
    for check in expectations:
        tables.setdefault((check.border, check.table), []).extend(check.suite_entries())
    for (border, table), entries in tables.items():
        path = folder / border / f"{table}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        suite = {"name": f"{border}.{table}", "expectations": entries}
        path.write_text(json.dumps(suite, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")


def privacy_of(manifest: dict, unique_id: str) -> str:
    """The strictest privacy class among a node and everything above it in dbt's manifest."""
    seen, todo = set(), [unique_id]
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo += manifest["parent_map"].get(at, [])
    nodes = [manifest["nodes"].get(i) or manifest["sources"].get(i) for i in seen]
    classes = [(n["config"].get("meta") or {}).get("privacy") for n in nodes if n]
    return max((c for c in classes if c), key=PRIVACY.index, default="public")


def _panel_shapes(manifest: dict):
    nodes = manifest["nodes"]
    panels = {
        i: n for i, n in nodes.items() if n["resource_type"] == "model" and n["config"]["schema"] == "panels"
    }
    for i in sorted(panels):
        tests = [
            nodes[t] for t in sorted(manifest["child_map"].get(i, ()))
            if t in nodes and nodes[t]["resource_type"] == "test" and nodes[t].get("attached_node") == i
        ]  # fmt: skip
        yield panel_shape(panels[i], tests, privacy_of(manifest, i))
