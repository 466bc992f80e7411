"""What a raw cell becomes, type by type: the table of keytech.landing.cells, case by case."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

REJECTED = object()
CASES = {
    "assets": [
        ("1.5", 1.5),
        ("-2", -2.0),
        ("+3", 3.0),
        (".5", 0.5),
        ("1.2E+05", 120000.0),
        (" 7\t", 7.0),
        ("１２３．４５", 123.45),
        ("－５", -5.0),
        ("1,234,567.8", 1234567.8),
        ("１，２３４", 1234.0),
        *[
            (token, None)
            for token in ("", "  ", "\t", "-", "--", "—", "——", ".", "NA", "n/a", "#N/A", "NULL", "nan")
        ],
        *[
            (word, REJECTED)
            for word in (
                "暂无",
                "12%",
                "￥5",
                "1,5",
                "12,34,567",
                "inf",
                "1e999",
                "1_000",
                "0x1F",
                "1 2",
                "(5)",
            )
        ],
    ],
    "year": [
        ("2015", 2015),
        ("２０１５", 2015),
        ("2015.0", 2015),
        ("2,015", 2015),
        ("2e3", 2000),
        ("2015.5", REJECTED),
        ("9223372036854775808", REJECTED),
        ("0b11", REJECTED),
        ("NA", REJECTED),
        ("", REJECTED),
    ],
    "amount": [
        ("12.345", Decimal("12.35")),
        ("-12.345", Decimal("-12.35")),
        ("１２．５", Decimal("12.50")),
        ("9999999999999999.99", Decimal("9999999999999999.99")),
        ("10000000000000000", REJECTED),
        ("无", REJECTED),
    ],
    "listed_on": [
        *[
            (text, dt.date(2015, 7, 1))
            for text in (
                "2015-07-01",
                "2015/7/1",
                "2015.7.1",
                "20150701",
                "２０１５０７０１",
                "2015年7月1日",
                "2015 年 07 月 01 日",
                "2015-07-01 00:00:00",
                "2015/7/1 13:45",
                "2015-07-01T00:00:00.000Z",
            )
        ],
        ("9999-12-31", dt.date(9999, 12, 31)),
        ("--", None),
        *[
            (text, REJECTED)
            for text in (
                "2015-02-30",
                "2015/13/1",
                "1/7/2015",
                "42206",
                "2015",
                "2015-07",
                "0000-00-00",
                "infinity",
            )
        ],
    ],
    "is_state": [("是", True), ("0", False), ("YES", True), ("", None), ("也许", REJECTED)],
    "grade": [("甲", "甲"), ("", None), ("丙", REJECTED)],
    "firm_name": [
        ("\u3000平安 银行\xa0", "平安 银行"),
        ("NA", "NA"),
        ("１２", "１２"),
        ('="000123"', "000123"),
        ("\t000001", "000001"),
        (" ", None),
    ],
}
HEADERS = {
    "assets": "资产总计",
    "year": "年份",
    "amount": "金额（元）",
    "listed_on": "上市日期",
    "is_state": "是否国有",
    "grade": "等级",
    "firm_name": "企业名称",
}


@pytest.mark.parametrize("column", CASES)
def test_a_cell_becomes_its_value_or_rejects_its_row(bench, column):
    """A failure means that landing reads a cell otherwise than it documents: a silent wrong number."""
    names = ["stkcd", "assets", "year"] + ([column] if column not in ("assets", "year") else [])
    defaults = {"assets": "1", "year": "2000"}
    rows = []
    for number, (text, _) in enumerate(CASES[column]):
        cells = {"stkcd": f"{number:06d}", **defaults, column: text.replace('"', '""')}
        rows.append(",".join(f'"{cells[name]}"' for name in names))
    header = ",".join(HEADERS.get(name, name) for name in names)
    bench.lines("一年.csv", rows, header=header)
    bench.land()
    landed = dict(bench.query(f"select stkcd, {column} from {{years}}"))
    rejected = {
        row for (row,) in bench.query(f"select row_number from {{rejects}} where column_name = '{column}'")
    }
    for number, (text, value) in enumerate(CASES[column]):
        key = f"{number:06d}"
        if value is REJECTED:
            assert key not in landed and number + 2 in rejected, text
        else:
            assert key in landed and landed[key] == value, text
    assert bench.counts() == [(len(rows), len(landed), len(rejected))]


def test_a_reject_says_why(bench):
    """A failure means that a person cannot tell what is wrong with the cell."""
    bench.lines(
        "一年.csv",
        [",a,2015,1,,丙", "1,a,,1,2015-02-30,", "2,a,2015.5,暂无,,"],
        header="股票代码,企业名称,年份,资产总计,上市日期,等级",
    )
    bench.land()
    assert bench.query("select row_number, column_name, value, reason from {rejects}") == [
        (2, "stkcd", None, "blank, but stkcd may not be blank"),
        (2, "grade", "丙", "not one of the accepted values: 甲, 乙"),
        (3, "year", None, "blank, but year may not be blank"),
        (3, "listed_on", "2015-02-30", "a date that does not exist"),
        (4, "year", "2015.5", "a fraction or too large for bigint"),
        (4, "assets", "暂无", "not a number (double)"),
    ]
    assert bench.counts() == [(3, 0, 3)]


def test_blank_rows_are_counted_apart(bench):
    """A failure means that empty lines count as records, or records as empty lines."""
    bench.lines("一年.csv", ["1,a,2015,1", "", ",,,", " ,\t,,", "2,b,2016,2", "   "])
    bench.land()
    assert bench.counts() == [(2, 2, 0)]
    assert bench.query("select rows_blank from {files}") == [(4,)]
    assert bench.query("select _row from {years} order by 1") == [(2,), (6,)]
