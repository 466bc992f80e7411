"""The Dagster graph as text; `python -m tests.defs.graph` writes it anew after a wanted change."""

from __future__ import annotations

from pathlib import Path

SNAPSHOT = Path(__file__).with_name("graph.txt")


def graph_text() -> str:
    """One line per asset with its group and the assets it rests on, per border check, then job, schedule and sensor."""
    from dagster_defs.assets.borders import EXPECTATIONS, asset_key
    from dagster_defs.definitions import defs

    graph = defs.resolve_asset_graph()
    lines = []
    for key in sorted(graph.get_all_asset_keys(), key=lambda k: k.path):
        node = graph.get(key)
        parents = ", ".join(sorted("/".join(parent.path) for parent in node.parent_keys)) or "-"
        lines.append(f"{'/'.join(key.path)} [{node.group_name}] <- {parents}")
    lines += [f"check {'/'.join(asset_key(e).path)}: {e.name} [{e.severity}]" for e in EXPECTATIONS]
    lines += [f"job {job.name}" for job in defs.jobs]
    lines += [f"schedule {s.name}: {s.cron_schedule} {s.execution_timezone}" for s in defs.schedules]
    lines += [f"sensor {s.name}" for s in defs.sensors]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(graph_text(), encoding="utf-8")
