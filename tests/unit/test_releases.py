"""Comparing, pruning and remaking releases; one at a time; readers are never disturbed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import keytech
from keytech.cli import app
from keytech.lock import EXIT_BUSY, Busy, exclusive
from keytech.release import read_manifest, release_ids
from keytech.release_diff import diff
from keytech.release_prune import prune
from tests.toy import make

OTHER = (
    "select * from (select range + 2 as id, 'a' || (range + 2) as name, case when range = 0 then 99.5 else (range + 2) / 2 end as size"
    " from range(11))"
)


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project folder with a data folder; `keytech` runs in it."""
    (tmp_path / "dbt_project.yml").touch()
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("KEYTECH_PROJECT", str(tmp_path))
    for name in ("RAW", "LANDED", "BUILD", "RELEASES", "SIMULATED", "TARGET"):
        monkeypatch.delenv(f"KEYTECH_{name}", raising=False)
    return tmp_path


def run(*words: str):
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})


def test_a_diff_counts_rows_by_key_and_estimates_by_standard_errors(project):
    """A failure means that what changed between two releases is told wrongly."""
    old, new = (
        make(project, "1" * 8),
        make(project, "2" * 8, rows=OTHER, estimate=2.25, raw_files={"toy/a.csv": "2"}),
    )
    releases = project / "data" / "releases"
    found = diff(releases / old, releases / new)
    table = found.tables[0]
    assert (table.table, table.key) == ("marts.fct_toy", ("id",))
    assert (table.added, table.removed, table.changed, table.columns) == (3, 2, 1, {"size": 1})
    assert [(m.place, m.by) for m in found.moved] == [("s/1/1/y/x", 2.5)]
    said = run("releases", "diff", "1")
    assert said.exit_code == 0, said.output
    for part in (
        "raw files changed: 1 (toy/a.csv)",
        "3 added",
        "2 removed",
        "1 changed",
        "size 1",
        "+2.50 se",
    ):
        assert part in said.output


def test_equal_releases_differ_in_nothing(project):
    """A failure means that a diff cries wolf."""
    old, new = make(project, "1" * 8), make(project, "2" * 8)
    releases = project / "data" / "releases"
    found = diff(releases / old, releases / new)
    assert (found.inputs, found.tables, found.moved, found.unmoved) == ((), (), (), 1)


def test_a_table_of_another_shape_names_its_new_and_lost_columns(project):
    """A failure means that a column can vanish between releases without a word."""
    old = make(project, "1" * 8)
    new = make(
        project, "2" * 8, rows="select range as id, 'a' || range as name, true as fresh from range(10)"
    )
    releases = project / "data" / "releases"
    table = diff(releases / old, releases / new).tables[0]
    assert (table.new_columns, table.lost_columns, table.changed) == (("fresh",), ("size",), 0)


def test_prune_keeps_the_newest_the_current_and_those_that_are_read(project):
    """A failure means that a release is deleted under somebody's eyes."""
    names = [make(project, str(n) * 8) for n in range(1, 6)]
    releases, current = project / "data" / "releases", project / "data" / "current"
    assert run("releases", "rollback", "1").exit_code == 0
    reader = subprocess.Popen(
        [sys.executable, "-c", "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print(1, flush=True); input()",
         str(releases / names[1] / "warehouse.duckdb")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    reader.stdout.readline()
    with keytech.open_release(names[2], project):
        assert prune(releases, current, 1, rehearse=True).removed == (names[3],)
        assert release_ids(releases) == names
        done = prune(releases, current, 1)
    reader.communicate(b"\n")
    assert done.removed == (names[3],)
    assert [name for name, _ in done.kept] == [names[0], names[1], names[2], names[4]]
    assert prune(releases, current, 1).removed == (names[1], names[2])
    assert not list(releases.glob(".removing*"))


def test_rollback_of_a_release_that_is_not_there_is_a_sentence(project):
    """A failure means a stack trace for a slip of the pen."""
    make(project, "1" * 8)
    said = run("releases", "rollback", "7")
    assert said.exit_code == 2 and "0001-11111111" in said.output and "Traceback" not in said.output


def test_verify_says_what_is_missing_before_it_rebuilds_anything(project):
    """A failure means that a release is called different when only its inputs have gone."""
    make(project, "1" * 8, versions={"duckdb": "0.0.1"})
    said = run("releases", "verify")
    assert said.exit_code == 2, said.output
    for part in (
        "duckdb 0.0.1 made the release",
        "raw file toy/a.csv is missing",
        "is not in this repository",
    ):
        assert part in said.output


def test_an_opened_release_stays_the_same_through_a_publish(project):
    """A failure means that a reader can see two releases in one sitting."""
    old = make(project, "1" * 8)
    with keytech.open_release(project=project) as release:
        make(project, "2" * 8, rows=OTHER)
        assert release.id == old
        assert len(release.frame("marts.fct_toy")) == 10
        assert release.sql("select count(*) from marts.fct_toy").fetchall() == [(10,)]
    with keytech.open_release(project=project) as release:
        assert len(release.frame("marts.fct_toy")) == 11


def test_a_second_process_is_refused_with_a_sentence_that_names_the_first(tmp_path):
    """A failure means that two runs can write into one folder."""
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys; from pathlib import Path; from keytech.lock import exclusive\n"
         "with exclusive(Path(sys.argv[1]), 'a run'): print(1, flush=True); input()", str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    holder.stdout.readline()
    with pytest.raises(Busy, match=rf"a run, process {holder.pid}"), exclusive(tmp_path, "another run"):
        pass
    holder.kill()
    holder.wait()
    with exclusive(tmp_path, "another run"), exclusive(tmp_path, "the same process again"):
        pass
    assert EXIT_BUSY == 75


def test_leftovers_of_a_dead_publish_go_with_the_next_one(project):
    """A failure means that half releases pile up on the disk."""
    first = make(project, "1" * 8)
    releases = project / "data" / "releases"
    (releases / ".building-0009-dead").mkdir()
    (releases / ".removing-0008-dead").mkdir()
    (project / "data" / "build" / "marts" / "marts" / ".fct_old.parquet").write_bytes(b"half")
    second = make(project, "2" * 8)
    assert sorted(p.name for p in releases.iterdir()) == [".lock", first, second]
    assert not list((releases / second).rglob(".*"))
    assert read_manifest(project / "data" / "current")["release_id"] == second


def test_the_duckdb_file_carries_the_words_of_the_contract(project):
    """A failure means that analysts must guess what a column means."""
    make(project, "1" * 8)
    with duckdb.connect(str(project / "data" / "current" / "warehouse.duckdb"), read_only=True) as connection:
        said = dict(
            connection.execute(
                "select column_name, comment from duckdb_columns() where table_name = 'fct_toy'"
            ).fetchall()
        )
    assert said == {"id": "Number 编号", "name": "Name 名称", "size": "Size 规模 [cny]"}
