"""What analysts are given works on the release of a real run: queries, notebook, descriptor, exports, words in the file."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from keytech.descriptor import read_descriptor
from keytech.fingerprint import file_sha256
from keytech.query import ask, export
from tests.integration.conftest import ROOT

QUERIES = sorted((ROOT / "analyses" / "queries").glob("*.sql"))
TYPES = {"string", "number", "integer", "boolean", "date", "datetime", "array"}


def test_there_are_ten_queries():
    """A failure means that the collection has shrunk."""
    assert len(QUERIES) >= 10


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_query_answers_its_question_the_same_way_twice(house, path: Path):
    """A failure means that a query that analysts copy is broken, or in an order left to luck."""
    text = path.read_text(encoding="utf-8")
    english, chinese = text.splitlines()[:2]
    assert english.startswith("-- ") and "?" in english
    assert re.match(r"-- .*[\u4e00-\u9fff]", chinese)
    answer = ask(house.current, text, limit=0)
    assert answer.rows > 0 and not answer.frame.isna().all().any()
    pd.testing.assert_frame_equal(answer.frame, ask(house.current, text, limit=0).frame)


def test_the_notebook_runs_and_gives_the_stored_numbers(house, monkeypatch):
    """A failure means that the way into the release that we show does not work."""
    for name, value in house.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(ROOT)
    cells = json.loads((ROOT / "notebooks" / "reestimate.ipynb").read_text(encoding="utf-8"))["cells"]
    scope: dict = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), scope)
    fit = scope["fit"].coefficients.replace({"term": {"(Intercept)": "const"}}).sort_values("term")
    assert fit["estimate"].tolist() == pytest.approx(scope["stored"]["estimate"].tolist(), rel=1e-12)
    assert fit["std_error"].tolist() == pytest.approx(scope["stored"]["std_error"].tolist(), rel=1e-12)


def test_the_descriptor_keeps_the_rules_of_frictionless_data(house):
    """A failure means that a program that reads data packages cannot read ours, or is told wrong things."""
    release = house.current
    package = json.loads((release / "datapackage.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"[-a-z0-9._/]+", package["name"]) and package["profile"] == "data-package"
    names = [resource["name"] for resource in package["resources"]]
    assert len(set(names)) == len(names) > 40
    files = {p.relative_to(release).as_posix() for p in release.rglob("*.parquet")}
    assert {resource["path"] for resource in package["resources"]} == files
    for resource in package["resources"]:
        assert re.fullmatch(r"[-a-z0-9._/]+", resource["name"])
        path = release / resource["path"]
        assert resource["hash"] == f"sha256:{file_sha256(path)}" and resource["bytes"] == path.stat().st_size
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == pq.read_schema(path).names
        assert {field["type"] for field in fields} <= TYPES, resource["name"]


def test_every_table_has_a_key_that_holds_and_panels_have_words_in_both_languages(house):
    """A failure means that rows cannot be told apart, or that a column of a panel has no meaning in one language."""
    for table, resource in read_descriptor(house.current).items():
        key = resource["schema"]["primaryKey"]
        frame = pq.read_table(house.current / resource["path"], columns=key).to_pandas()
        assert not frame.duplicated().any(), f"{table}: {key}"
        if table.startswith(("marts.", "panels.", "results.")):
            bare = [f["name"] for f in resource["schema"]["fields"] if not (f["title"] and f["description"])]
            assert bare == [], f"{table}: {bare}"


def test_comments_stand_inside_the_duckdb_file(house):
    """A failure means that someone who opens the file alone does not learn what its columns mean."""
    with duckdb.connect(str(house.current / "warehouse.duckdb"), read_only=True) as connection:
        bare = connection.execute(
            "select schema_name || '.' || table_name || '.' || column_name from duckdb_columns()"
            " where not internal and schema_name <> 'quality' and comment is null"
        ).fetchall()
        tables = connection.execute("select table_name from duckdb_tables() where comment is null").fetchall()
    assert bare == [] and tables == []


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="no R on this machine")
def test_r_reads_an_export_for_stata_with_values_and_labels(house, tmp_path):
    """A failure means that R or Stata users get other numbers than the release holds."""
    table = "panels.pnl_talent_retention"
    resource = read_descriptor(house.current)[table]
    rows = export(house.current, table, tmp_path / "panel.dta", resource)
    script = (
        "p <- haven::read_dta(commandArgs(TRUE)[1]);"
        'cat(nrow(p), format(mean(p$age, na.rm=TRUE), digits=15), attr(p$age, "label"), sep="\\n")'
    )
    done = subprocess.run(
        ["Rscript", "-e", script, str(tmp_path / "panel.dta")], capture_output=True, text=True, check=False,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    if "there is no package" in done.stderr:
        pytest.skip("R has no haven")
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    mean = ask(house.current, f"select avg(age) from {table}").frame.iloc[0, 0]
    assert int(said[0]) == rows and float(said[1]) == pytest.approx(mean, rel=1e-12)
    assert re.search(r"[\u4e00-\u9fff]", said[2])
