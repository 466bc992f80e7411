"""Quality marts of a whole run, and what a second release says about drift and history."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from tests.integration.conftest import ROOT


def ask(release: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_a_release_holds_every_check_and_the_first_one_has_nothing_to_compare_with(house):
    """A failure means that a result is lost on the way to the release, or that drift is invented."""
    checks = dict(ask(house.current, "select kind, count(*) from results.checks group by kind"))
    assert checks["expectation"] > 250 and checks["test"] > 300
    assert ask(house.current, "select count(*) from results.checks where status in ('fail', 'error')") == [
        (0,)
    ]
    assert ask(house.current, "select distinct status from quality.dq_drift") == [("no_release_before",)]
    assert ask(house.current, "select count(*) from quality.dq_check_history") == [(0,)]
    assert ask(house.current, "select distinct status from quality.dq_freshness") == [("complete",)]
    docs = list((house.current / "data_docs").glob("*.html"))
    assert len(docs) > 30 and len(list((house.current / "expectations").rglob("*.json"))) == len(docs) - 1
    assert not [p for p in docs if "http" in p.read_text(encoding="utf-8")]
    assert not list(house.current.rglob("samples"))


def test_the_next_build_sees_a_column_that_moved_and_carries_the_history_on(house, tmp_path):
    """A failure means that a column in another unit passes from release to release, or that history is lost."""
    before, build = tmp_path / "0007-before", tmp_path / "build"
    shutil.copytree(house.current.resolve() / "marts", before / "marts")
    shutil.copytree(house.current.resolve() / "results", before / "results")
    build.mkdir()
    shutil.copy(house.data / "build" / "warehouse.duckdb", build)
    panel = before / "marts" / "panels" / "pnl_talent_retention.parquet"
    moved = tmp_path / "moved.parquet"
    duckdb.sql(f"select * replace (age * 100 as age) from '{panel}'").write_parquet(str(moved))
    moved.replace(panel)
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "run", "--select", "dq_drift", "dq_check_history",
         "--target-path", str(house.data / "target"), "--profiles-dir", str(ROOT)],
        cwd=ROOT, env=house.environment(KEYTECH_BUILD=str(build), KEYTECH_BASELINE=str(before)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    with duckdb.connect(str(build / "warehouse.duckdb"), read_only=True) as connection:
        shifted = connection.execute(
            "select panel, column_name, baseline from quality.dq_drift where psi > 0.25 or status <> 'compared' order by all"
        ).fetchall()
        history = connection.execute(
            "select release_id, count(*) from quality.dq_check_history group by all"
        ).fetchall()
    assert shifted == [("pnl_talent_retention", "age", "0007-before")]
    n_checks = duckdb.execute(f"select count(*) from '{before}/results/checks.parquet'").fetchone()[0]
    assert history == [("0007-before", n_checks)]
