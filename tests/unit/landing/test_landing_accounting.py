"""Whatever a file holds, every row ends somewhere: rows read = rows landed + rows rejected."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from keytech.landing import LandingError

CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "1",
            "000001",
            "2015",
            "2015.5",
            "1,234",
            "暂无",
            "NA",
            "２０１５",
            "a\nb",
            '"',
            "丙",
            " ",
            "x;y",
        ]
    ),
    st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=8),
)
RECORDS = st.lists(st.lists(CELLS, min_size=3, max_size=6), max_size=12)
NAMES = ["股票代码", "企业名称", "年份", "资产总计"]


def check_account(bench) -> tuple[int, int, int]:
    """Manifest, landed rows and rejects agree with each other; returns read, landed, rejected."""
    [(read, landed, rejected)] = bench.counts()
    assert read == landed + rejected
    assert bench.query("select count(*), count(distinct (_file, _row)) from {years}") == [(landed, landed)]
    assert bench.query("select count(distinct (file, row_number)) from {rejects}") == [(rejected,)]
    both = "select count(*) from {years} y, {rejects} r where y._file = r.file and y._row = r.row_number"
    assert bench.query(both) == [(0,)]
    return read, landed, rejected


@settings(max_examples=40, deadline=None)
@given(records=RECORDS, encoding=st.sampled_from(["utf-8", "gb18030"]))
@example(records=[["1", "a\nb", "2015", "1"], ["2", "b"], ["", "", "", ""]], encoding="gb18030")
def test_every_quoted_record_is_landed_rejected_or_blank(bench_at, records, encoding):
    """A failure means that a row of a well-formed csv is lost or counted twice."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([NAMES, *records])
    with tempfile.TemporaryDirectory() as folder:
        bench = bench_at(Path(folder) / "project")
        bench.write("一年.csv", text.getvalue(), encoding)
        bench.land()
        read, _, _ = check_account(bench)
        [(blank,)] = bench.query("select rows_blank from {files}")
        if all(len(record) == len(NAMES) for record in records):
            assert read + blank == len(records)


@settings(max_examples=40, deadline=None)
@given(tail=st.binary(max_size=400), with_header=st.booleans())
@example(tail=b'1,"a,2015,1\n2,b,2016,2\n', with_header=True)
@example(tail=b"\xff\xfe\n1,\x81,2015,1\n", with_header=True)
def test_arbitrary_bytes_are_accounted_for_or_refused_with_a_message(bench_at, tail, with_header):
    """A failure means a traceback, or rows that are neither landed nor rejected."""
    with tempfile.TemporaryDirectory() as folder:
        bench = bench_at(Path(folder) / "project")
        header = ",".join(NAMES).encode("gb18030") + b"\n"
        bench.write("一年.csv", header + b"000001,a,2015,1\n" + tail if with_header else tail)
        try:
            bench.land()
        except LandingError as error:
            assert "firms/一年.csv" in str(error)
            assert bench.public() == {}
        else:
            check_account(bench)


@settings(max_examples=20, deadline=None)
@given(where=st.integers(min_value=1), damage=st.lists(st.integers(0, 255), min_size=1, max_size=3))
def test_damage_in_one_line_leaves_the_others(bench_at, where, damage):
    """A failure means that broken bytes spread beyond the line they stand in."""
    lines = [f"{i:06d},上海机床厂{i},2015,{i}".encode("gb18030") for i in range(20)]
    at = where % len(lines)
    harmless = bytes(byte for byte in damage if byte not in b'\r\n"\0')
    middle = len(lines[at]) // 2
    lines[at] = lines[at][:middle] + harmless + lines[at][middle:]
    header = ",".join(NAMES).encode("gb18030")
    with tempfile.TemporaryDirectory() as folder:
        bench = bench_at(Path(folder) / "project")
        bench.write("一年.csv", b"\n".join([header, *lines, b""]))
        bench.land()
        read, landed, _ = check_account(bench)
        assert read == 20
        assert landed >= 19
