"""kill -9 at any point of a run: readers notice nothing, and the next run makes the release that an undisturbed one makes."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from threading import Thread

import duckdb
import pytest

from keytech.release import release_ids
from keytech.release_verify import compare
from tests.faults.project import Project

TABLES = "target/run/keytech/models"
# Point -> a line that the run prints, or a file that it makes, at that point.
POINTS = {
    "raw files noted": "raw files",
    "a file is being landed": "data/landed/_incoming/**/*.parquet",
    "the first source has landed": "land answers",
    "the warehouse is begun": "data/build/unfinished",
    "models are being built": f"{TABLES}/intermediate/**/*.sql",
    "checks are running": f"{TABLES}/marts/core/_models.yml/*.sql",
    "checks are done, marts not yet written": "dbt build",
    "marts are written": "write marts as Parquet",
    "estimates are being stored": "data/build/results/parts/*/estimates.parquet",
    "estimates are done": "estimate 1 tables",
    "results are gathered": "results store",
    "a release is being written": "data/releases/.building-*/manifest.json",
    "the release has its name": "data/releases/0002-*/manifest.json",
}


def run_until(project: Project, point: str, check: Callable[[], None], *, whole_group: bool = True) -> bool:
    """Start a run and kill it at the point; returns whether it was still running. `check` is called all the while."""
    process, lines = project.start(), []
    reader = Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")), daemon=True)
    before = {p: p.stat().st_mtime_ns for p in project.root.glob(point)} if "/" in point else {}
    reader.start()
    while process.poll() is None:
        check()
        new = {p: p.stat().st_mtime_ns for p in project.root.glob(point)} if "/" in point else {}
        if new.items() - before.items() if "/" in point else any(point in line for line in lines):
            (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
            break
        time.sleep(0.005)
    killed = process.wait() == -signal.SIGKILL
    if whole_group:
        reader.join()
    return killed


def current_release(project: Project) -> str:
    """Id of the release that readers see, after reading it."""
    with duckdb.connect(str(project.current / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from panels.pnl_toy").fetchone()[0] in (280, 300)
        assert connection.execute("select count(*) from results.estimates").fetchone() == (4,)
    return json.loads((project.current / "manifest.json").read_text())["release_id"]


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_run_leaves_readers_alone_and_the_next_makes_the_same_release(
    first, second, tmp_path, point
):
    """A failure means that a crash can be seen by readers or changes what is released."""
    project = first.copy(tmp_path / "project")
    before, seen = current_release(project), set()
    killed = run_until(project, POINTS[point], lambda: seen.add(current_release(project)))
    assert killed or point == "the release has its name"
    assert seen <= {before, *release_ids(project.data / "releases")}
    assert current_release(project) == before or not killed or point == "the release has its name"
    code, said = project.run()
    assert code == 0, said
    assert release_ids(project.data / "releases") == release_ids(second.data / "releases")
    same, different = compare(second.current.resolve(), project.current.resolve())
    assert different == [] and same > 20
    leftovers = [
        p for p in (project.data / "releases").iterdir() if p.name.startswith((".building", ".removing"))
    ]
    assert leftovers == []


def test_when_only_the_run_dies_the_next_waits_for_the_dbt_that_it_left_behind(first, second, tmp_path):
    """A failure means that an orphaned dbt and a new run write into one warehouse."""
    project = first.copy(tmp_path / "project")
    assert run_until(project, POINTS["models are being built"], lambda: None, whole_group=False)
    code, said = project.run()
    assert code == 0, said
    assert compare(second.current.resolve(), project.current.resolve())[1] == []


def test_estimates_refuse_a_warehouse_that_was_left_half_built(first, tmp_path):
    """A failure means that a table can be estimated on marts that were never checked together."""
    project = first.copy(tmp_path / "project")
    (project.data / "build" / "unfinished").touch()
    code, said = project.run_selected("results/toy/table_1")
    assert code == 1 and "did not finish" in said, said
