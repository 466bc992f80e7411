"""A marked firm and a marked respondent go through runs that succeed and runs that fail; nothing that is shown or kept names them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from tests.faults.project import Project

FIRM, PERSON = "绝密标记股份有限公司", "MARKED-RESPONDENT-77"
MARKS = (FIRM, PERSON)
# Rows of the owner's own data, which never leave the machine: raw and landed files, the warehouse and its marts, rows behind a check.
OWNERS = (
    "data/raw",
    "data/landed",
    "data/build/warehouse.duckdb",
    "data/build/marts",
    "data/build/quality/samples",
)


def is_owners(path: str) -> bool:
    in_release = path.startswith("data/releases/") and (
        path.endswith("/warehouse.duckdb") or "/marts/" in path
    )
    return in_release or path.startswith(OWNERS)


def texts(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what is packed inside it."""
    data = path.read_bytes()
    yield data
    if path.suffix == ".parquet":
        yield pd.read_parquet(path).to_csv().encode()
    if zipfile.is_zipfile(BytesIO(data)):
        with zipfile.ZipFile(BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist())


def forms(mark: str) -> list[bytes]:
    """A mark as it may be written: UTF-8, GB18030, UTF-16, escaped in JSON or HTML."""
    escaped = mark.encode("ascii", "backslashreplace")
    entities = mark.encode("ascii", "xmlcharrefreplace")
    return [mark.encode("utf-8"), mark.encode("gb18030"), mark.encode("utf-16-le"), escaped, entities]


def found(project: Project) -> list[str]:
    """Files outside the owner's own that hold a mark."""
    wanted = [form for mark in MARKS for form in forms(mark)]
    places = []
    for path in sorted(project.root.rglob("*")):
        name = path.relative_to(project.root).as_posix()
        if path.is_symlink() or not path.is_file() or is_owners(name) or name.startswith("data/current"):
            continue
        if any(form in text for text in texts(path) for form in wanted):
            places.append(name)
    return places


def add(project: Project, name: str, line: str) -> None:
    path = project.data / "raw" / name
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")


@pytest.fixture
def marked(first, tmp_path) -> Project:
    """The small project with the marked firm and respondent among its rows, kept and rejected."""
    project = first.copy(tmp_path / "project")
    for line in (f"F777,{FIRM},2013,3,1", f"F777,{FIRM},不是年份,3,1", f"{FIRM},{FIRM},2014,1,{FIRM}"):
        add(project, "firms/企业年度2013.csv", line)
    for line in (f"{PERSON},44,2", f"{PERSON}b,{PERSON},2"):
        add(project, "answers/问卷.csv", line)
    return project


def test_a_run_that_succeeds_names_nobody(marked):
    """A failure means that a firm or a person of a licensed source is on the site, in a log or in Dagster's memory."""
    code, said = marked.run()
    assert code == 0, said
    assert not any(mark in said for mark in MARKS)
    warehouse = marked.current.resolve() / "marts" / "panels" / "pnl_answers.parquet"
    assert PERSON in set(pd.read_parquet(warehouse)["respondent"])
    assert found(marked) == []


def test_a_file_without_a_header_is_refused_without_naming_who_stands_in_its_first_line(marked):
    """A failure means that a respondent's row is taken for a header and kept in Dagster's memory."""
    marked.write("answers/补充问卷.csv", [f"{PERSON},{FIRM},3"])
    code, said = marked.run()
    assert code == 1 and "required column" in said, said
    assert not any(mark in said for mark in MARKS), said
    assert found(marked) == []


def test_a_failing_check_and_a_failing_model_name_nobody(marked):
    """A failure means that what a database says of a faulty row reaches the log of the run or Dagster's memory."""
    add(marked, "answers/问卷.csv", f"{PERSON},45,3")
    model = marked.root / "models" / "marts" / "core" / "dim_firm.sql"
    model.write_text(
        "select firm_id, firm_name from (select firm_id, min(firm_name) as firm_name,"
        " max(case when firm_name like '%标记%' then firm_name else '0' end::integer) as code"
        " from {{ ref('int_years__screened') }} where drop_reason is null group by firm_id)",
        encoding="utf-8",
    )
    code, said = marked.run()
    assert code == 1, said
    assert not any(mark in said for mark in MARKS), said
    private = {
        "data/build/dbt.log",
        "data/build/audit.json",
        "target/run_results.json",
        "target/dbt.log",
        "logs/dbt.log",
    }
    assert set(found(marked)) <= private
