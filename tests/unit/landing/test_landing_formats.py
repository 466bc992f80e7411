"""The formats of real deliveries: encodings, separators, title rows, sheets, Stata and Parquet types."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keytech.landing import LandingError

ROWS = ["000001,平安银行,2015,1.5", "600000,浦发银行,2016,2.5"]
LANDED = [("000001", "平安银行", 2015, 1.5, 2), ("600000", "浦发银行", 2016, 2.5, 3)]
ALL = "select stkcd, firm_name, year, assets, _row from {years} order by _row"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("gbk", "gb18030")],
)
def test_csv_lands_in_every_encoding(bench, encoding, found):
    """A failure means that a delivery of this encoding is refused or lands as other characters."""
    bench.lines("一年.csv", ROWS, encoding=encoding)
    bench.land()
    assert bench.query(ALL) == LANDED
    assert bench.query("select encoding, format from {files}") == [(found, "csv")]


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_lands_with_every_separator(bench, separator):
    """A failure means that the separator is not recognised."""
    header = "股票代码,企业名称,年份,资产总计".replace(",", separator)
    bench.lines("一年.csv", [row.replace(",", separator) for row in ROWS], header=header)
    bench.land()
    assert bench.query(ALL) == LANDED


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_lands_with_every_line_end(bench, end):
    """A failure means that files from Windows or an old Mac lose rows or line numbers."""
    bench.write("一年.csv", end.join(["股票代码,企业名称,年份,资产总计", *ROWS, ""]))
    bench.land()
    assert bench.query(ALL) == LANDED


def test_row_numbers_are_line_numbers_also_after_quoted_line_ends_and_misfits(bench):
    """A failure means that a person looks for a bad row on the wrong line."""
    bench.lines("一年.csv", ['1,"a\nb\nc",2015,1', "2,x", "", '3,"d,""e""",2016,2', "4,f,坏,3"])
    bench.land()
    assert bench.query(ALL) == [("1", "a\nb\nc", 2015, 1.0, 2), ("3", 'd,"e"', 2016, 2.0, 7)]
    assert bench.query("select row_number, reason from {rejects}") == [
        (5, "2 fields where the header has 4"),
        (8, "not a number (bigint)"),
    ]


def test_row_numbers_hold_across_blocks(bench):
    """A failure means that line numbers drift in files larger than one block."""
    rows = [f'{i},"甲\n{"x" * 300}",2015,{i}' if i % 3 else f"{i},短" for i in range(60_000)]
    bench.lines("一年.csv", rows)
    bench.land()
    lines = 2 * 40_000 + 20_000
    assert bench.counts() == [(60_000, 40_000, 20_000)]
    assert bench.query("select max(_row) from {years}") == [(lines,)]
    wrong = "(stkcd::bigint // 3) * 5 + (stkcd::bigint % 3) * 2 - 1 + 2"
    assert bench.query(f"select count(*) from {{years}} where _row <> {wrong}") == [(0,)]
    assert bench.query("select count(distinct row_number), max(row_number) from {rejects}") == [
        (20_000, lines - 3)
    ]


def test_headers_match_whatever_their_width_brackets_spaces_and_case(bench):
    """A failure means that a header is refused for its typography."""
    bench.lines("一年.csv", ["1,2015,1,5"], header=" ＳＴＫＣＤ ,Year,资产 总计,金额（元）")
    bench.land()
    assert bench.query("select stkcd, year, assets, amount::double from {years}") == [("1", 2015, 1.0, 5.0)]


def test_unknown_headers_are_listed_and_absent_ones_too(bench):
    """A failure means that a column of the delivery is lost without a word."""
    bench.lines("一年.csv", ["1,2015,1,x,y"], header="股票代码,年份,资产总计,备注,来源")
    bench.land()
    [(extra, absent)] = bench.query("select extra_columns, absent_columns from {files}")
    assert extra == "备注 | 来源"
    assert absent.split(" | ") == ["firm_name", "amount", "listed_on", "is_state", "grade"]


def test_a_workbook_lands_below_its_title_rows(bench):
    """A failure means that title rows, dates or numeric codes of Excel are read wrongly."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["上市公司年度数据"])
    sheet.append([])
    sheet.append(["股票代码", "企业名称", "年份", "资产总计", "上市日期"])
    sheet.append(["000001", "平安银行", 2015, 1234.5, dt.date(1991, 4, 3)])
    sheet.append([600000, "浦发银行", 2016.0, "1,234.5", "1999年11月10日"])
    sheet.append([])
    sheet.append([600001, "邯郸钢铁", 2016, "暂无", dt.datetime(1998, 1, 22, 9, 30)])
    book.save(bench.raw / "firms" / "一年.xlsx")
    bench.land()
    assert bench.query("select stkcd, year, assets, listed_on, _file, _row from {years} order by _row") == [
        ("000001", 2015, 1234.5, dt.date(1991, 4, 3), "firms/一年.xlsx", 4),
        ("600000", 2016, 1234.5, dt.date(1999, 11, 10), "firms/一年.xlsx", 5),
    ]
    assert bench.query("select row_number, column_name, value from {rejects}") == [(7, "assets", "暂无")]


def test_every_matching_sheet_lands_and_others_are_listed(bench):
    """A failure means that sheets are overlooked or cannot be told apart."""
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["本表说明"])
    for year in (2015, 2016):
        sheet = book.create_sheet(str(year))
        sheet.append(["股票代码", "年份", "资产总计"])
        sheet.append([f"00000{year % 10}", year, 1])
    book.save(bench.raw / "firms" / "一年.xlsx")
    bench.land()
    assert bench.query("select stkcd, _file, _row from {years} order by year") == [
        ("000005", "firms/一年.xlsx#2015", 2),
        ("000006", "firms/一年.xlsx#2016", 2),
    ]
    assert bench.query("select rows_landed, skipped_sheets from {files}") == [(2, "说明")]


def test_a_sheet_that_almost_matches_is_refused(bench):
    """A failure means that a year with a misspelt header is passed over in silence."""
    book = openpyxl.Workbook()
    for name, header in (("2015", "资产总计"), ("2016", "资产合计")):
        sheet = book.create_sheet(name)
        sheet.append(["股票代码", "年份", header])
        sheet.append(["1", 2015, 1])
    book.save(bench.raw / "firms" / "一年.xlsx")
    with pytest.raises(LandingError, match=r"firms/一年.xlsx#2016: required column missing: 资产"):
        bench.land()


def stata(bench, name: str, frame: pd.DataFrame, version: int = 118, **options) -> bytes:
    path = bench.raw / "firms" / name
    frame.to_stata(path, version=version, write_index=False, **options)
    return path.read_bytes()


def test_dta_types_and_dates_land(bench):
    """A failure means that Stata's dates, missing values or numeric codes are read wrongly."""
    frame = pd.DataFrame(
        {
            "stkcd": [1.0, 600000.0, 2.0],
            "firm_name": ["平安银行", "", "万科"],
            "year": pd.to_datetime(["2015-01-01", "2016-01-01", "2017-01-01"]),
            "assets": [1.5, None, 3.25],
            "listed_on": pd.to_datetime(["1991-04-03", None, "1991-01-29"]),
        }
    )
    stata(bench, "一年.dta", frame, convert_dates={"listed_on": "td", "year": "ty"})
    bench.land()
    assert bench.query(
        "select stkcd, firm_name, year, assets, listed_on, _row from {years} order by _row"
    ) == [
        ("1", "平安银行", 2015, 1.5, dt.date(1991, 4, 3), 1),
        ("600000", None, 2016, None, None, 2),
        ("2", "万科", 2017, 3.25, dt.date(1991, 1, 29), 3),
    ]


def test_an_old_dta_in_gb18030_lands_and_a_broken_string_rejects_its_row(bench):
    """A failure means that Chinese in files of Stata 13 and before is lost, or one broken string loses the file."""
    frame = pd.DataFrame(
        {"stkcd": ["1", "2"], "firm_name": ["xxxx", "yyyy"], "year": [2015, 2016], "assets": [1.0, 2.0]}
    )
    data = stata(bench, "一年.dta", frame, version=114)
    bench.write("一年.dta", data.replace(b"xxxx", "平安".encode("gb18030")).replace(b"yyyy", b"a\xff\xfeb"))
    bench.land()
    assert bench.query("select firm_name, _row from {years}") == [("平安", 1)]
    [(row, column, reason)] = bench.query("select row_number, column_name, reason from {rejects}")
    assert (row, column) == (2, "firm_name")
    assert reason == "byte 0xff at offset 1 of the value is not valid gb18030"


def test_a_dta_variable_is_known_by_its_label(bench):
    """A failure means that variables called v1, v2 need renaming although their labels say what they are."""
    frame = pd.DataFrame({"v1": ["1"], "v2": [2015], "v3": [1.0]})
    stata(bench, "一年.dta", frame, variable_labels={"v1": "股票代码", "v2": "会计年度", "v3": "资产总计"})
    bench.land()
    assert bench.query("select stkcd, year, assets from {years}") == [("1", 2015, 1.0)]


def test_parquet_types_land(bench):
    """A failure means that typed columns change their value on the way."""
    table = pa.table(
        {
            "stkcd": pa.array([1, 600000], pa.int32()),
            "year": pa.array([2015.0, 2016.0]),
            "assets": pa.array(["1.5", None]).dictionary_encode(),
            "amount": pa.array([0.1, 0.1], pa.float32()),
            "listed_on": pa.array([dt.datetime(2015, 7, 1, 8, 30), None], pa.timestamp("us")),
            "is_state": pa.array([True, None]),
        }
    )
    pq.write_table(table, bench.raw / "firms" / "一年.parquet")
    bench.land()
    assert bench.query(
        "select stkcd, year, assets, amount::varchar, listed_on, is_state, _row from {years}"
    ) == [
        ("1", 2015, 1.5, "0.10", dt.date(2015, 7, 1), True, 1),
        ("600000", 2016, None, "0.10", None, None, 2),
    ]


def test_a_table_without_files_lands_empty_and_typed(bench):
    """A failure means that models do not build before every source has arrived."""
    bench.land()
    described = bench.query("describe select * from {years}")
    assert [(name, kind) for name, kind, *_ in described] == [
        ("stkcd", "VARCHAR"),
        ("firm_name", "VARCHAR"),
        ("year", "BIGINT"),
        ("assets", "DOUBLE"),
        ("amount", "DECIMAL(18,2)"),
        ("listed_on", "DATE"),
        ("is_state", "BOOLEAN"),
        ("grade", "VARCHAR"),
        ("_file", "VARCHAR"),
        ("_row", "BIGINT"),
    ]
    assert bench.query("select count(*) from {files}") == [(0,)]
