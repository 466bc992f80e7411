"""What the last checks said, dbt's and those at the borders, kept from run to run; and the gate that estimates must pass."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "audit.json"
BORDER = "expectation"


@dataclass(frozen=True)
class Check:
    """The last result of one dbt test or border check (`expectation`), or of building one model (`kind`).

    `status`: pass, warn, fail, error, skipped or empty (no rows to check). `models` names the tables that were checked.
    """

    name: str
    kind: str
    severity: str
    status: str
    failures: int
    message: str
    models: tuple[str, ...]

    @property
    def blocks(self) -> bool:
        """Whether what rests on the checked models must wait; a check that could not be made blocks at any severity."""
        return self.status == "error" or (self.status in {"fail", "skipped"} and self.severity == "error")


class BlockedPanel(RuntimeError):
    """A check of error severity fails on something the panel rests on."""


def record(target: Path, build: Path) -> list[Check]:
    """Merge the run results of the last dbt command into `<build>/audit.json`; returns this command's checks.

    A test that did not run keeps its last result, so that a failure holds until it passes.
    """
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    fresh = [c for r in results if (c := _check(r, manifest)) is not None]
    alive = {node["name"] for node in manifest["nodes"].values()}
    kept = [check for check in read(build) if check.kind == BORDER or check.name in alive]
    _write(build, kept, fresh)
    return fresh


def record_borders(checks: list[Check], alive: set[str], build: Path) -> None:
    """Merge results of border checks into `<build>/audit.json`; of those that did not run only the `alive` ones stay."""
    kept = [check for check in read(build) if check.kind != BORDER or check.name in alive]
    _write(build, kept, checks)


def _write(build: Path, kept: list[Check], fresh: list[Check]) -> None:
    merged = {check.name: check for check in (*kept, *fresh)}
    build.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(merged[name]) for name in sorted(merged)], ensure_ascii=False, indent=1)
    building = build / f".{FILE}"
    building.write_text(text, encoding="utf-8")
    os.replace(building, build / FILE)


def read(build: Path) -> list[Check]:
    """The checks on record, by name."""
    path = build / FILE
    if not path.is_file():
        return []
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Check(**(row | {"models": tuple(row["models"])})) for row in rows]


def blocking(panel: str, build: Path, target: Path) -> list[Check]:
    """Checks of error severity that fail on the panel or on anything it rests on, transitively."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    ancestry = _ancestry(panel, manifest)
    return [check for check in read(build) if check.blocks and ancestry & set(check.models)]


def refuse_if_blocked(panel: str, build: Path, target: Path) -> None:
    """Raise BlockedPanel naming the failing checks, if any."""
    checks = blocking(panel, build, target)
    if checks:
        said = "; ".join(f"{c.name}: {c.message or c.status}" for c in checks[:5])
        raise BlockedPanel(
            f"{panel} is not estimated: {len(checks)} check(s) of error severity fail on what it rests on ({said}). "
            "Mend the data or the model, rebuild, and run again."
        )


class BlockedRelease(RuntimeError):
    """A check of error severity fails somewhere in what would be published."""


def refuse_release_if_blocked(build: Path) -> None:
    """Raise BlockedRelease naming the failing checks, if any: nothing is published on top of a known fault."""
    checks = [check for check in read(build) if check.blocks]
    if checks:
        said = "; ".join(f"{c.name}: {c.message or c.status}" for c in checks[:5])
        raise BlockedRelease(f"nothing is published: {len(checks)} check(s) of error severity fail ({said})")


def _check(result: dict, manifest: dict) -> Check | None:
    node = manifest["nodes"].get(result["unique_id"])
    if node is None or node["resource_type"] not in {"test", "model", "seed"}:
        return None
    is_test = node["resource_type"] == "test"
    names = [
        _model_name(i, manifest) for i in (node["depends_on"]["nodes"] if is_test else [result["unique_id"]])
    ]
    return Check(
        name=node["name"],
        kind="test" if is_test else node["resource_type"],
        severity=node["config"].get("severity", "error").lower() if is_test else "error",
        status={"success": "pass", "runtime error": "error"}.get(result["status"], result["status"]),
        failures=int(result.get("failures") or 0),
        message=" ".join((result.get("message") or "").split())[:300],
        models=tuple(sorted(n for n in names if n)),
    )


def _model_name(unique_id: str, manifest: dict) -> str:
    node = manifest["nodes"].get(unique_id) or manifest["sources"].get(unique_id)
    if node is None:
        return ""
    return f"{node['source_name']}.{node['name']}" if node["resource_type"] == "source" else node["name"]


def _ancestry(panel: str, manifest: dict) -> set[str]:
    """Names of the panel and of every model, seed and source above it."""
    wanted = [
        i
        for i, node in manifest["nodes"].items()
        if node["name"] == panel and node["resource_type"] == "model"
    ]
    if not wanted:
        raise KeyError(f"no model {panel!r} in the dbt manifest")
    seen: set[str] = set()
    while wanted:
        unique_id = wanted.pop()
        if unique_id not in seen:
            seen.add(unique_id)
            wanted += manifest["parent_map"].get(unique_id, [])
    return {name for i in seen if (name := _model_name(i, manifest))}
