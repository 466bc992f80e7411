"""All checks of a build in one table: dbt's tests and the border checks, passes included, warnings with who answers for them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from keytech import audit
from keytech.quality.borders import Outcome, read_outcomes
from keytech.quality.expectations import Expectation

LAYERS = ("landed", "seed", "staging", "intermediate", "core", "panels", "quality")
ANSWER = ("owner", "reason_en", "reason_zh", "accepted_until")
COLUMNS = (
    "check_name", "kind", "layer", "tables", "severity", "status", "n_checked", "n_failing", "label_en", "label_zh", *ANSWER,
)  # fmt: skip


def as_check(outcome: Outcome) -> audit.Check:
    """An outcome at a border in the words of the audit."""
    return audit.Check(
        name=outcome.name, kind=audit.BORDER, severity=outcome.severity, status=outcome.status,
        failures=outcome.n_failing, message=outcome.message, models=(outcome.table,),
    )  # fmt: skip


def check_table(build: Path, target: Path, expectations: Iterable[Expectation]) -> pd.DataFrame:
    """One row per test and border check on record, ordered by name, with COLUMNS; the last result of each."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    tests = {n["name"]: n for n in manifest["nodes"].values() if n["resource_type"] == "test"}
    layers = _layers(manifest)
    borders = {e.name: e for e in expectations}
    outcomes = {
        o.name: o
        for border in ("landed", "panels")
        for o in read_outcomes(build / "quality" / f"{border}.json")
    }
    rows = []
    for check in audit.read(build):
        if check.kind == audit.BORDER and check.name in borders:
            rows.append(
                _row(check, layers, **_words_of_border(borders[check.name], outcomes.get(check.name)))
            )
        elif check.kind == "test" and check.name in tests:
            rows.append(_row(check, layers, **_words_of_test(tests[check.name])))
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values("check_name", ignore_index=True)
    return frame.astype(
        {"n_checked": "Int64", "n_failing": "Int64"} | {c: "str" for c in COLUMNS if c[:2] != "n_"}
    )


def write_checks(build: Path, target: Path, expectations: Iterable[Expectation]) -> pd.DataFrame:
    """Write `<build>/results/checks.parquet`; returns it."""
    frame = check_table(build, target, expectations)
    path = build / "results" / "checks.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    building = path.with_name(f".{path.name}")
    frame.to_parquet(building, index=False)
    os.replace(building, path)
    return frame


def unanswered(target: Path) -> list[str]:
    """Tests of warn severity without owner, reasons or date in their YAML (`config.meta`), by name."""
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"].values()
    warns = [n for n in nodes if n["resource_type"] == "test" and n["config"]["severity"].lower() == "warn"]
    return sorted(n["name"] for n in warns if not all((n["config"].get("meta") or {}).get(k) for k in ANSWER))


def _row(check: audit.Check, layers: dict[str, str], **words: object) -> dict[str, object]:
    known = [layers[m] for m in check.models if m in layers]
    return {
        "check_name": check.name, "kind": check.kind, "layer": max(known, key=LAYERS.index, default="seed"),
        "tables": ", ".join(check.models), "severity": check.severity, "status": check.status,
        "n_failing": check.failures,
    } | words  # fmt: skip


def _words_of_border(expectation: Expectation, outcome: Outcome | None) -> dict[str, object]:
    words = {
        "label_en": expectation.label.en,
        "label_zh": expectation.label.zh,
        "n_checked": outcome.n_checked if outcome else None,
    }
    return words | (expectation.answer.model_dump(mode="json") if expectation.answer else {})


def _words_of_test(node: dict) -> dict[str, object]:
    meta = node["config"].get("meta") or {}
    said = " ".join((node.get("description") or "").split())
    words = {"label_en": said or node["name"].replace("_", " "), "label_zh": meta.get("label_zh")}
    return words | {key: str(meta[key]) for key in ANSWER if key in meta}


def _layers(manifest: dict) -> dict[str, str]:
    """Layer of every model and seed by name, of every source table by `source.table`."""
    found = {f"{s['source_name']}.{s['name']}": "landed" for s in manifest["sources"].values()}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "seed":
            found[node["name"]] = "seed"
        elif node["resource_type"] == "model":
            parts = node["path"].split("/")
            found[node["name"]] = parts[1] if parts[0] == "marts" else parts[0]
    return found
