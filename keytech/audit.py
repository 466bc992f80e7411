"""What the last checks said: dbt's run results kept from run to run, and the gate that estimates must pass."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "audit.json"


@dataclass(frozen=True)
class Check:
    """The last result of one dbt test, or of building one model (`kind`).

    `status`: pass, warn, fail, error or skipped. `upstream` names every model that the checked nodes rest on,
    themselves included.
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
        """Whether what rests on the checked models must wait."""
        return self.status in {"fail", "error", "skipped"} and self.severity == "error"


class BlockedPanel(RuntimeError):
    """A check of error severity fails on something the panel rests on."""


def record(target: Path, build: Path) -> list[Check]:
    """Merge the run results of the last dbt command into `<build>/audit.json`; returns this command's checks.

    A test that did not run keeps its last result, so that a failure holds until it passes.
    """
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    fresh = [c for r in results if (c := _check(r, manifest)) is not None]
    known = {check.name: check for check in read(build)}
    alive = {node["name"] for node in manifest["nodes"].values()}
    merged = {name: check for name, check in known.items() if name in alive} | {c.name: c for c in fresh}
    build.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(merged[name]) for name in sorted(merged)], ensure_ascii=False, indent=1)
    building = build / f".{FILE}"
    building.write_text(text, encoding="utf-8")
    os.replace(building, build / FILE)
    return fresh


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
