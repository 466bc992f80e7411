"""Publishing: all of it or none of it; readers of the previous release are not disturbed."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from keytech.release import ReleaseError, export_marts, publish, read_manifest, release_ids, switch


@pytest.fixture
def build(tmp_path) -> Path:
    folder = tmp_path / "build"
    (folder / "results").mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        for schema in ("marts", "panels", "quality"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table marts.fct_toy as select range as id, 'a' || range as name from range(10)"
        )
    pd.DataFrame({"term": ["x"]}).to_parquet(folder / "results" / "estimates.parquet")
    export_marts(folder / "warehouse.duckdb", folder / "marts")
    return folder


def make(
    tmp_path: Path, build: Path, fingerprint: str, finish=lambda folder: (folder / "site").mkdir()
) -> str:
    return publish(
        tmp_path / "releases", tmp_path / "current", build=build, manifest={"fingerprint": fingerprint},
        finish=finish,
    )  # fmt: skip


def test_a_release_holds_marts_results_and_manifest(tmp_path, build):
    """A failure means that analysts find an incomplete release."""
    name = make(tmp_path, build, "abcdef1234")
    assert name == "0001-abcdef12" and read_manifest(tmp_path / "current")["release_id"] == name
    with duckdb.connect(str(tmp_path / "current" / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.fct_toy").fetchone() == (10,)
        assert connection.execute("select term from results.estimates").fetchone() == ("x",)


def test_a_failing_publish_leaves_the_previous_release_current(tmp_path, build):
    """A failure means that readers meet half a release."""
    first = make(tmp_path, build, "11111111")

    def broken(folder: Path) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        make(tmp_path, build, "22222222", broken)
    assert release_ids(tmp_path / "releases") == [first]
    assert read_manifest(tmp_path / "current")["release_id"] == first


def test_the_same_fingerprint_is_the_same_release(tmp_path, build):
    """A failure means that unchanged inputs pile up releases."""
    assert make(tmp_path, build, "11111111") == make(tmp_path, build, "11111111")


def test_an_open_reader_keeps_its_release_through_a_switch(tmp_path, build):
    """A failure means that publishing disturbs who is reading."""
    make(tmp_path, build, "11111111")
    with duckdb.connect(str(tmp_path / "current" / "warehouse.duckdb"), read_only=True) as connection:
        make(tmp_path, build, "22222222")
        assert connection.execute("select count(*) from marts.fct_toy").fetchone() == (10,)


def test_switching_to_a_release_that_is_not_there_names_those_that_are(tmp_path, build):
    """A failure means that a slip in an id breaks data/current."""
    name = make(tmp_path, build, "11111111")
    with pytest.raises(ReleaseError, match=name):
        switch(tmp_path / "releases", tmp_path / "current", "0009-nothere")


def test_exported_bytes_do_not_depend_on_the_order_of_rows(tmp_path, build):
    """A failure means that checksums differ between equal tables."""
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_toy as select range as id, 'a' || range as name from range(10) order by id desc"
        )
    first = export_marts(build / "warehouse.duckdb", tmp_path / "a")
    second = export_marts(other, tmp_path / "b")
    assert [m.sha256 for m in first] == [m.sha256 for m in second]
