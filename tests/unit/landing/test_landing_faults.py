"""Each fault of a delivery: what the person reads, and that nothing was lost or half-written."""

from __future__ import annotations

import os

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from keytech.cli import app
from keytech.landing import LandingError, Store
from keytech.landing.discover import checksum
from keytech.landing.store import slug

GOOD = ["000001,平安银行,2015,1.5", "600000,浦发银行,2016,2.5"]


def refusal(bench) -> str:
    """The message of a landing that must fail, after checking that readers see exactly what they saw before."""
    before = bench.public() if bench.landed.exists() else {}
    with pytest.raises(LandingError) as caught:
        bench.land()
    assert bench.public() == before
    return str(caught.value)


def test_one_broken_byte_rejects_its_line_and_no_other(bench):
    """A failure means that a damaged byte loses a whole file, or lands a wrong character."""
    text = "股票代码,企业名称,年份,资产总计\n000001,平安银行,2015,1.5\n600000,浦发,2016,2.5\n"
    data = text.encode("gb18030").replace("浦发".encode("gb18030"), b"\xc6\xff\xb7\xa2")
    bench.write("一年.csv", data)
    bench.land()
    assert bench.query("select stkcd, firm_name, _row from {years}") == [("000001", "平安银行", 2)]
    [(file, row, column, value, reason)] = bench.query(
        "select file, row_number, column_name, value, reason from {rejects}"
    )
    assert (file, row, column) == ("firms/一年.csv", 3, "firm_name")
    assert "�" in value
    offset = data.index(b"\xc6\xff")
    assert reason == f"byte 0xc6 at offset {offset} (line 3) is not valid gb18030"
    assert bench.counts() == [(2, 1, 1)]


def test_a_broken_byte_does_not_turn_utf8_into_gb18030(bench):
    """A failure means that a damaged UTF-8 file lands as other characters without any error."""
    rows = [f"{i:06d},上海机床厂有限公司,2015,{i}" for i in range(50)]
    data = "\n".join(["stkcd,firm_name,year,assets", *rows, ""]).encode()
    spot = data.rindex("厂".encode())
    bench.write("一年.csv", data[: spot + 1] + b"\xff" + data[spot + 2 :])
    bench.land()
    assert bench.query("select distinct firm_name, count(*) from {years} group by 1") == [
        ("上海机床厂有限公司", 49)
    ]
    assert bench.query("select encoding from {files}") == [("utf-8",)]


def test_a_missing_required_column_is_named_with_the_nearest_header(bench):
    """A failure means that the person cannot see from the message what to rename."""
    bench.lines("一年.csv", GOOD)
    bench.land()
    bench.lines("二年.csv", GOOD, header="股票代码,企业名称,年份,资产合计")
    message = refusal(bench)
    assert "firms/二年.csv: required column missing: 资产 (assets)" in message
    assert "assets as 资产总计 or assets" in message
    assert "nearest:  assets: 资产合计" in message
    assert "aliases of assets in models/staging/firms/_firms__sources.yml" in message


def test_two_headers_of_one_meaning_are_refused(bench):
    """A failure means that one of two columns was taken in silence."""
    bench.lines("一年.csv", ["1,2,a,2015,1"], header="股票代码,证券代码,企业名称,年份,资产总计")
    message = refusal(bench)
    assert "2 columns of the file mean stkcd" in message
    assert "股票代码 | 证券代码" in message


@pytest.mark.parametrize("name", ["一年.csv", "一年.xlsx", "一年.dta", "一年.parquet"])
def test_a_file_of_no_bytes_is_refused(bench, name):
    """A failure means that a copy that broke off counts as a delivery without rows."""
    bench.write(name, b"")
    assert f"firms/{name}: the file is empty (0 bytes)" in refusal(bench)


@pytest.mark.parametrize("name", ["一年.xlsx", "一年.dta", "一年.parquet", "一年.csv"])
def test_a_file_that_is_not_what_it_is_called_is_refused(bench, name):
    """A failure means a traceback, or bytes read as something they are not."""
    bench.write(name, bytes(range(256)) * 40)
    message = refusal(bench)
    assert f"firms/{name}: " in message
    assert "remedy:" in message


def test_an_empty_workbook_is_refused(bench):
    """A failure means that an empty workbook passes as a delivery without rows."""
    openpyxl.Workbook().save(bench.raw / "firms" / "一年.xlsx")
    message = refusal(bench)
    assert "firms/一年.xlsx: the workbook is empty" in message
    assert "股票代码 | 企业名称" in message


def test_a_dta_with_text_where_numbers_belong_is_refused(bench):
    """A failure means that a wrongly exported variable becomes a table of rejects, or of nulls."""
    frame = pd.DataFrame({"stkcd": ["1", "2"], "year": [2015, 2016], "assets": ["低", "高"]})
    frame.to_stata(bench.raw / "firms" / "一年.dta", version=118, write_index=False)
    message = refusal(bench)
    assert "variable assets has the wrong type: none of its 2 values is a double" in message
    assert "destring" in message


def test_a_dta_with_nothing_in_a_column_that_must_be_filled_is_no_wrong_type(bench):
    """A failure means that missing values are mistaken for a wrong export."""
    frame = pd.DataFrame({"stkcd": ["1", "2"], "year": [None, None], "assets": [1.0, 2.0]}).astype(
        {"year": float}
    )
    frame.to_stata(bench.raw / "firms" / "一年.dta", version=118, write_index=False)
    bench.land()
    assert bench.query("select distinct column_name, reason from {rejects}") == [
        ("year", "blank, but year may not be blank")
    ]
    assert bench.counts() == [(2, 0, 2)]


def test_a_dta_that_broke_off_is_refused(bench):
    """A failure means that the first half of a file counts as all of it."""
    frame = pd.DataFrame({"stkcd": ["1"] * 50_000, "year": [2015] * 50_000, "assets": [1.0] * 50_000})
    path = bench.raw / "firms" / "一年.dta"
    frame.to_stata(path, version=118, write_index=False)
    path.write_bytes(path.read_bytes()[:200_000])
    assert "cannot be read as a Stata file" in refusal(bench)


def test_the_same_file_under_two_names_lands_once_and_is_listed_twice(bench):
    """A failure means that a file copied by mistake doubles its rows, or vanishes from the account."""
    bench.lines("甲年.csv", GOOD)
    bench.lines("乙年.csv", GOOD)
    report = bench.land()
    assert bench.query("select count(*), count(distinct _file) from {years}") == [(2, 1)]
    files = bench.query("select file, status, duplicate_of, rows_landed from {files} order by file")
    assert files == [
        ("firms/乙年.csv", "landed", None, 2),
        ("firms/甲年.csv", "duplicate", "firms/乙年.csv", 0),
    ]
    assert report.warnings == ("firms/甲年.csv has the same content as firms/乙年.csv; its rows landed once",)
    (bench.raw / "firms" / "乙年.csv").unlink()
    bench.land()
    assert bench.query("select distinct _file from {years}") == [("firms/甲年.csv",)]


def test_an_unknown_source_folder_is_refused_with_the_nearest_name(bench):
    """A failure means that a misspelt folder is overlooked."""
    (bench.raw / "firm").mkdir()
    message = refusal(bench)
    assert "firm/: unknown source folder" in message
    assert "nearest:  firms" in message


@pytest.mark.parametrize("name", ["notes.csv", "一年.zip"])
def test_a_file_that_no_table_claims_is_refused(bench, name):
    """A failure means that a delivered file is ignored without a word."""
    bench.write(name, "x")
    assert f"firms/{name}" in refusal(bench)


def test_all_problems_are_told_at_once_and_the_good_files_wait(bench):
    """A failure means one run per fault, or a half-landed delivery."""
    bench.lines("一年.csv", GOOD)
    bench.write("二年.csv", b"")
    bench.lines("三年.csv", GOOD, header="a,b,c,d")
    message = refusal(bench)
    assert "firms/二年.csv" in message
    assert "firms/三年.csv" in message
    assert bench.public() == {}


def test_a_quotation_mark_that_is_never_closed_rejects_what_it_swallows(bench):
    """A failure means that rows disappear inside a quoted value."""
    bench.lines("一年.csv", ["1,a,2015,1", '2,"b,2016,2', "3,c,2017,3", "4,d,2018,4"])
    bench.land()
    assert bench.query("select stkcd from {years}") == [("1",)]
    assert bench.query("select row_number from {rejects}") == [(3,), (4,), (5,)]
    assert bench.counts() == [(4, 1, 3)]


def test_two_unclosed_quotation_marks_do_not_merge_records(bench):
    """A failure means that two records became one whose number of fields happens to fit."""
    bench.lines("一年.csv", ["1,a,2015,1", '2,"b,2016,2', "3,c,2017,3", '4,"d,2018,4', "5,e,2019,5"])
    bench.land()
    assert bench.query("select stkcd from {years}") == [("1",), ("5",)]
    assert bench.counts() == [(5, 2, 3)]


def test_the_command_prints_the_message_and_exits_with_2(bench, monkeypatch):
    """A failure means that a script cannot tell a refusal from a success."""
    bench.write("一年.csv", b"")
    monkeypatch.setenv("KEYTECH_PROJECT", str(bench.root))
    result = CliRunner().invoke(app, ["land", "--raw", str(bench.raw), "--landed", str(bench.landed)])
    assert result.exit_code == 2
    assert "firms/一年.csv: the file is empty (0 bytes)" in result.output


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_said_and_nothing_is_published(bench):
    """A failure means a traceback or a half-landed folder when the disk is full."""
    bench.lines("一年.csv", GOOD)
    bench.land()
    path = bench.lines("二年.csv", [*GOOD, "1,x,2017,1"])
    data, _, _ = Store(bench.landed).incoming_paths("firms", "years", slug(path.name, checksum(path)))
    data.parent.mkdir(parents=True)
    data.symlink_to("/dev/full")
    assert "the disk is full; nothing was published" in refusal(bench)
    data.unlink()
    bench.land()
    assert bench.query("select count(*) from {years}") == [(5,)]
