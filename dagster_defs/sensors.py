"""Sensors: raw files that changed start what depends on them; a failed run tells whoever asked to be told."""

from __future__ import annotations

import json
import time

import dagster as dg

from dagster_defs.alerts import Alert, channels
from dagster_defs.jobs import everything, update
from dagster_defs.resources import ROOT
from keytech.fingerprint import code_checksums, digest, tree_paths
from keytech.origin import data_origin
from keytech.project import Places

SETTLED = 30  # seconds that a file must have rested


@dg.sensor(
    jobs=[everything, update],
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="A new, changed or removed file under data/raw starts a run of its source and of what rests on it.",
)
def raw_files_changed(context: dg.SensorEvaluationContext):
    """Compares size and time of every file under data/raw with the last look.

    A file that was written in the last SETTLED seconds may still be under copy: the look is put off.
    Where data/raw goes over from simulated to licensed data or back, or the code has changed, everything is run.
    """
    from dagster_defs.selection import depends_on_sources

    seen, before = look(Places(ROOT)), json.loads(context.cursor or "null")
    if before is None:
        context.update_cursor(json.dumps(seen, sort_keys=True))
        return dg.SkipReason("first look at data/raw: later changes start a run")
    if seen["newest"] > time.time() - SETTLED:
        return dg.SkipReason("a file under data/raw is still being written")
    files, old = seen["files"], before["files"]
    context.update_cursor(json.dumps(seen, sort_keys=True))
    changed = sorted(path for path in files.keys() | old.keys() if files.get(path) != old.get(path))
    if not changed:
        return dg.SkipReason("data/raw is unchanged")
    run_key = digest({path: files.get(path, "gone") for path in changed}, json.dumps(seen, sort_keys=True))
    if any(seen[name] != before[name] for name in ("origin", "code")):
        return dg.RunRequest(run_key=run_key, job_name=everything.name)
    sources = sorted({path.split("/")[0] for path in changed})
    return dg.RunRequest(
        run_key=run_key,
        job_name=update.name,
        asset_selection=sorted(depends_on_sources(sources), key=lambda key: key.path),
        tags={"keytech/sources": ",".join(sources)},
    )


def look(places: Places) -> dict:
    """Origin, code digest, and size and time of every file in a folder of data/raw, by path."""
    paths = [path for path in tree_paths(places.raw) if "/" in path]
    stats = {path: (places.raw / path).stat() for path in paths}
    return {
        "origin": data_origin(places).name,
        "code": digest(code_checksums(places.root)),
        "files": {path: f"{s.st_size} {s.st_mtime_ns}" for path, s in stats.items()},
        "newest": max((s.st_mtime for s in stats.values()), default=0.0),
    }


@dg.run_failure_sensor(
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells KEYTECH_ALERT_WEBHOOK and KEYTECH_ALERT_EMAIL of a failed run; does nothing where neither is set.",
)
def run_failed(context: dg.RunFailureSensorContext):
    """Job, run, failed steps and the first line of why; never a value of the data."""
    chosen = channels()
    if not chosen:
        return dg.SkipReason("neither KEYTECH_ALERT_WEBHOOK nor KEYTECH_ALERT_EMAIL is set")
    alert = Alert.of(context)
    for send in chosen:
        send(alert)
    return None
