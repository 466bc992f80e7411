"""`make run` and `make marts`: a job in one process, with a line per step.

Exit code 0 only when the whole job succeeded; `everything` has then made a release.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

from dagster_defs.transient import FULL
from keytech.inputs import look
from keytech.landing.errors import says_disk_full
from keytech.lock import EXIT_BUSY, Busy, exclusive, wait_seconds
from keytech.origin import data_origin, ensure_simulated, microdata_files
from keytech.project import Places, find_root
from keytech.release import ReleaseError, read_manifest

SIMULATED = "SIMULATED DATA 模拟数据: data/raw holds no microdata, so this run uses the synthetic economy; nothing below is real."
NEXT = {
    "everything": "Next: open data/current/site/index.html, or query data/current/warehouse.duckdb.",
    "marts": "Marts and panels are in data/build/warehouse.duckdb; `make run` estimates and publishes.",
}
LICENSED = "LICENSED DATA 授权数据: {n} file(s) under data/raw; results must stay where their licences allow."


def main(job: str = "everything") -> int:
    """Run a job alone in its build folder; returns the exit code, 75 where another run is under way."""
    places = Places(find_root(os.environ.get("KEYTECH_PROJECT") or Path(__file__).parents[1]))
    try:
        with exclusive(places.build, "a run", wait_seconds()):
            return _main(job, places)
    except Busy as busy:
        print(busy, file=sys.stderr)
        return EXIT_BUSY
    except OSError as error:
        if not says_disk_full(error):
            raise
        print(FULL, file=sys.stderr)
        return 1


def _main(job: str, places: Places) -> int:
    """Run a job, or say that nothing has changed since the current release."""
    origin = data_origin(places)
    print(
        SIMULATED if origin.name == "simulated" else LICENSED.format(n=len(microdata_files(places.raw))),
        flush=True,
    )
    started = time.perf_counter()
    if job == "everything" and (unchanged := _unchanged_release(places)):
        print(f"Nothing has changed since release {unchanged}: re-used. It is data/current.")
        return 0
    os.environ.setdefault("DAGSTER_HOME", str(_dagster_home(places)))
    ok = _run_job(job)
    seconds = time.perf_counter() - started
    if not ok:
        print(f"The run failed after {seconds:.0f} s; data/current is what it was before.", file=sys.stderr)
        return 1
    print(f"Done in {seconds:.0f} s. {NEXT[job]}")
    return 0


def _unchanged_release(places: Places) -> str | None:
    """Id of the current release if it was made from exactly what is there now."""
    try:
        manifest = read_manifest(places.current)
    except ReleaseError:
        return None
    origin = data_origin(places)
    if origin.name == "simulated" and ensure_simulated(places):
        return None
    same = manifest["fingerprint"] == look(places, origin).fingerprint
    return manifest["release_id"] if same else None


def _dagster_home(places: Places) -> Path:
    """A Dagster home inside data/, without telemetry and without a first-visit dialog."""
    home = places.build.parent / "dagster"
    (home / ".nux").mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.is_file():
        shutil.copy(places.root / "dagster_defs" / "dagster.yaml", settings)
    (home / ".nux" / "nux.yaml").write_text("seen: 1\n")
    return home


def _run_job(name: str) -> bool:
    import dagster as dg

    from dagster_defs.definitions import defs

    with dg.DagsterInstance.get() as instance:
        job = defs.resolve_job_def(name)
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        result = job.execute_in_process(instance=instance, raise_on_error=False, run_config=quiet)
        if not result.success:
            _say_failures(result)
        return result.success


def _say_failures(result) -> None:
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            print(f"{event.step_key}: {(error.cause or error).message.strip()}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
