"""The audit gate: a failing check holds until it passes, for everything that rests on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keytech import audit


def node(kind: str, name: str, *parents: str, severity: str = "ERROR") -> dict:
    return {
        "resource_type": kind,
        "name": name,
        "depends_on": {"nodes": list(parents)},
        "config": {"severity": severity},
    }


NODES = {
    "model.k.stg": node("model", "stg"),
    "model.k.pnl": node("model", "pnl", "model.k.stg"),
    "model.k.other": node("model", "other"),
    "test.k.t": node("test", "stg_key_is_unique", "model.k.stg"),
    "test.k.w": node("test", "stg_is_fresh", "model.k.stg", severity="WARN"),
}


def results(target: Path, **statuses: str) -> None:
    target.mkdir(exist_ok=True)
    parents = {unique_id: n["depends_on"]["nodes"] for unique_id, n in NODES.items()}
    (target / "manifest.json").write_text(json.dumps({"nodes": NODES, "sources": {}, "parent_map": parents}))
    rows = [
        {
            "unique_id": f"{'test' if len(name) == 1 else 'model'}.k.{name}",
            "status": status,
            "failures": 3,
            "message": "m",
        }
        for name, status in statuses.items()
    ]
    (target / "run_results.json").write_text(json.dumps({"results": rows}))


@pytest.fixture
def places(tmp_path) -> tuple[Path, Path]:
    return tmp_path / "target", tmp_path / "build"


def test_a_failing_test_two_steps_up_blocks_the_panel(places):
    """A failure means that an estimate runs on data that are known to be bad."""
    target, build = places
    results(target, t="fail", pnl="success", stg="success")
    audit.record(target, build)
    with pytest.raises(audit.BlockedPanel, match="stg_key_is_unique"):
        audit.refuse_if_blocked("pnl", build, target)
    audit.refuse_if_blocked("other", build, target)


def test_a_failure_holds_through_a_run_that_does_not_repeat_the_test(places):
    """A failure means that a partial run washes a failing check away."""
    target, build = places
    results(target, t="fail")
    audit.record(target, build)
    results(target, pnl="success")
    audit.record(target, build)
    assert [c.name for c in audit.blocking("pnl", build, target)] == ["stg_key_is_unique"]
    results(target, t="pass")
    audit.record(target, build)
    audit.refuse_if_blocked("pnl", build, target)


def test_a_warning_does_not_block(places):
    """A failure means that warnings stop the house."""
    target, build = places
    results(target, w="warn")
    audit.record(target, build)
    assert audit.read(build)[0].status == "warn" and not audit.blocking("pnl", build, target)


@pytest.mark.parametrize("status", ["error", "skipped"])
def test_a_panel_that_was_not_rebuilt_is_blocked(places, status):
    """A failure means that estimates run on the panel of an earlier build."""
    target, build = places
    results(target, pnl=status)
    audit.record(target, build)
    with pytest.raises(audit.BlockedPanel):
        audit.refuse_if_blocked("pnl", build, target)
