"""Sensors."""

import dagster as dg

from dagster_defs.jobs import everything
from dagster_defs.resources import Workplace
from keytech.fingerprint import digest


@dg.sensor(job=everything, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.STOPPED)
def raw_files_changed(context: dg.SensorEvaluationContext, workplace: Workplace):
    """Starts a run when a file under data/raw appears, changes (size or time) or goes."""
    raw = workplace.places.raw
    files = [p for p in sorted(raw.rglob("*")) if p.is_file() and not p.name.startswith(".")]
    seen = digest(
        {p.relative_to(raw).as_posix(): f"{p.stat().st_size} {p.stat().st_mtime_ns}" for p in files}
    )
    if context.cursor is None:
        context.update_cursor(seen)
        return dg.SkipReason("first look at data/raw: later changes start a run")
    if seen == context.cursor:
        return dg.SkipReason("data/raw is unchanged")
    context.update_cursor(seen)
    return dg.RunRequest(run_key=seen)
