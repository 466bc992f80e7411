"""`keytech sql` and `keytech export`: the release and nothing but the release."""

from __future__ import annotations

import stat

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from typer.testing import CliRunner

from keytech.cli import app
from tests.toy import make


@pytest.fixture
def release(tmp_path, monkeypatch):
    (tmp_path / "dbt_project.yml").touch()
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("KEYTECH_PROJECT", str(tmp_path))
    for name in ("BUILD", "RELEASES"):
        monkeypatch.delenv(f"KEYTECH_{name}", raising=False)
    make(tmp_path, "1" * 8)
    return tmp_path / "data" / "current"


def run(*words: str):
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})


def test_a_query_is_answered_as_table_csv_json_and_markdown(release):
    """A failure means that an analyst cannot get numbers out."""
    query = "select id, name from marts.fct_toy where id < 2 order by id"
    assert run("sql", query, "--format", "csv").stdout == "id,name\n0,a0\n1,a1\n"
    assert run("sql", query).stdout.split() == ["id", "name", "0", "a0", "1", "a1"]
    assert '"name":"a1"' in run("sql", query, "--format", "json").stdout.replace(" ", "")
    assert "|    1 | a1" in run("sql", query, "--format", "markdown").stdout


def test_a_long_answer_is_cut_with_a_word(release):
    """A failure means that rows are missing from an answer in silence."""
    said = run("sql", "select * from marts.fct_toy", "--limit", "3", "--format", "csv")
    assert len(said.stdout.splitlines()) == 4 and "3 of 10 rows" in said.stderr
    assert "rows;" not in run("sql", "select * from marts.fct_toy", "--limit", "0").stderr


@pytest.mark.parametrize(
    "query",
    [
        "create table marts.mine as select 1", "delete from marts.fct_toy", "drop table marts.fct_toy",
        "copy (select 1) to 'out.csv'", "select * from read_csv('dbt_project.yml')", "select * from 'dbt_project.yml'",
        "select * from read_text('dbt_project.yml')", "attach 'other.duckdb'", "install httpfs", "load httpfs",
        "set enable_external_access = true", "export database 'out'", "select 1; select 2", "select nope", "",
    ],
)  # fmt: skip
def test_what_writes_or_reaches_outside_is_refused_with_a_sentence(release, query):
    """A failure means that a query can change a release, or read and write the machine's files."""
    before = (release / "warehouse.duckdb").read_bytes()
    said = run("sql", query)
    assert said.exit_code == 2 and said.stderr.startswith("error") and "Traceback" not in said.output, (
        said.output
    )
    assert (release / "warehouse.duckdb").read_bytes() == before


def test_rows_of_licensed_data_leave_only_when_it_is_said(release, tmp_path, monkeypatch):
    """A failure means that licensed rows are exported by a slip, or for everybody to read."""
    from keytech.report import catalog

    monkeypatch.setattr(catalog.Catalog, "privacy_of", lambda self, name: "licensed")
    monkeypatch.setattr(catalog, "read", lambda folder: catalog.Catalog({}, ()))
    out = tmp_path / "toy.csv"
    said = run("export", "marts.fct_toy", "--out", str(out))
    assert said.exit_code == 2 and "--private" in said.stderr and not out.exists()
    assert run("export", "marts.fct_toy", "--out", str(out), "--private").exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_stata_and_excel_files_hold_the_table_with_its_labels(release, tmp_path):
    """A failure means that a Stata or Excel user gets other numbers or no labels."""
    for ending in ("dta", "xlsx", "csv"):
        done = run("export", "marts.fct_toy", "--out", str(tmp_path / f"toy.{ending}"), "--private")
        assert done.exit_code == 0, done.output
    frame, meta = pyreadstat.read_dta(tmp_path / "toy.dta")
    assert frame["size"].tolist() == [n / 2 for n in range(10)] and frame["name"][3] == "a3"
    assert meta.column_labels == ["Number 编号", "Name 名称", "Size 规模"]
    sheet = openpyxl.load_workbook(tmp_path / "toy.xlsx").active
    assert [cell.value for cell in sheet[1]] == ["id", "name", "size"] and sheet.max_row == 11
    assert pd.read_csv(tmp_path / "toy.csv")["id"].tolist() == list(range(10))
    assert run("export", "marts.fct_toy", "--out", str(tmp_path / "toy.ods"), "--private").exit_code == 2
