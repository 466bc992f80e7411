"""Fuzzed raw files of every format: each is landed with an account that adds up, or refused with a message.

A few hundred by default; `make fuzz` (KEYTECH_FUZZ=50000) makes fifty thousand.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import tempfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keytech.landing import LandingError, load_contracts
from keytech.landing.chunks import RawFile
from keytech.landing.convert import connect, convert

WANTED = int(os.environ.get("KEYTECH_FUZZ", "250"))
SHARES = {"rows": 0.5, "bytes": 0.3, "parquet": 0.1, "dta": 0.05, "xlsx": 0.05}
HEADERS = ["股票代码", "企业名称", "年份", "资产总计", "金额(元)", "上市日期", "是否国有", "等级"]
TRICKY = ["", " ", "　", "000001", "2015", "２０１５", "2015.5", "1,234", "1e400", "-", "NA", "暂无", "甲", "丙", "是", "2015-02-30",
          "20150721", "2015年7月21日", "9" * 40, "=\"001\"", "\ufeff1", "\x1a", "𠮷", "'", "a;b", "a\tb", "50%", "¥3", "nan", "inf",
          "1/2", "(1)", "\u200b", "\x7f", "true", "0x1F", "１，２３４．５"]  # fmt: skip
CELL = st.one_of(st.sampled_from(TRICKY), st.text(st.characters(exclude_categories=("Cs",)), max_size=6))


def fuzz(name: str):
    """So many examples as the kind of file gets; the same ones in every run."""
    return settings(
        max_examples=max(5, int(WANTED * SHARES[name])), deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@pytest.fixture(scope="module")
def land_bytes(tmp_path_factory):
    """Lands a file of these bytes as the table of the bench; (read, landed, rejected, blank), or None where it is refused."""
    from tests.unit.landing.conftest import Bench

    folder = tmp_path_factory.mktemp("fuzz")
    [source] = load_contracts(Bench(folder / "project").root)
    con = connect(1, "1GB", folder / "spill")

    def land(name: str, content: bytes) -> tuple[int, int, int, int] | None:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            path, data, rejects = (Path(place) / n for n in (name, "data.parquet", "rejects.parquet"))
            path.write_bytes(content)
            raw = RawFile(path, f"firms/{name}", source.tables[0], "contract")
            try:
                counts = convert(raw, "firms", data, rejects, con)
            except LandingError as refused:
                assert f"firms/{name}" in str(refused) and len(str(refused)) > 30
                return None
            return account(counts, data, rejects)

    yield land
    con.close()


def account(counts, data: Path, rejects: Path) -> tuple[int, int, int, int]:
    """The counts, after comparing them with the rows that were written."""
    landed = pq.read_table(data, columns=["_file", "_row"]).to_pylist()
    refused = pq.read_table(rejects, columns=["file", "row_number"]).to_pylist() if rejects.is_file() else []
    places = {(r["_file"], r["_row"]) for r in landed}
    lost = {(r["file"], r["row_number"]) for r in refused}
    assert len(places) == len(landed) == counts.rows_landed
    assert len(lost) == counts.rows_rejected
    assert not places & lost
    assert counts.rows_read == len(landed) + len(lost)
    return counts.rows_read, len(landed), len(lost), counts.rows_blank


@fuzz("rows")
@given(
    rows=st.lists(st.lists(CELL, min_size=1, max_size=10), max_size=8),
    separator=st.sampled_from(",\t;"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    titles=st.integers(0, 2),
    width=st.integers(4, 8),
)
def test_rows_of_any_cells_are_landed_rejected_or_blank(
    land_bytes, rows, separator, end, encoding, titles, width
):
    """A failure means that a row is lost or counted twice, or that a cell makes landing crash."""
    plain = [[c.replace(separator, "").replace('"', "") for c in row] for row in rows]
    plain = [["".join(ch for ch in c if ch not in "\r\n") for c in row] for row in plain]
    lines = ["标题"] * titles + [separator.join(HEADERS[:width])] + [separator.join(row) for row in plain]
    found = land_bytes("一年.csv", (end.join(lines) + end).encode(encoding))
    if found is not None:
        assert found[0] + found[3] == len(rows)


@fuzz("bytes")
@given(
    head=st.sampled_from([",".join(HEADERS[:4]) + "\n000001,a,2015,1\n", ";".join(HEADERS[:5]) + "\n", ""]),
    tail=st.one_of(
        st.binary(max_size=300), st.text('",;\n\r\t1a年', max_size=200).map(lambda t: t.encode("gb18030"))
    ),
    encoding=st.sampled_from(["utf-8", "gb18030"]),
)
def test_any_bytes_are_accounted_for_or_refused(land_bytes, head, tail, encoding):
    """A failure means a stack trace, or rows without an account."""
    land_bytes("一年.csv", head.encode(encoding) + tail)


VALUES = st.one_of(
    st.none(), CELL, st.integers(-(2**63), 2**63 - 1), st.floats(), st.booleans(), st.binary(max_size=5),
    st.dates(), st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)), st.decimals(-10**6, 10**6, places=3),
)  # fmt: skip


@fuzz("parquet")
@given(data=st.data(), width=st.integers(3, 8), rows=st.integers(0, 5), damage=st.integers(0, 3))
def test_parquet_of_any_types_is_accounted_for_or_refused(land_bytes, data, width, rows, damage):
    """A failure means that a type nobody thought of makes landing crash, or loses rows."""
    columns = {}
    for header in HEADERS[:width]:
        values = data.draw(st.lists(VALUES, min_size=rows, max_size=rows))
        kind = next((type(v) for v in values if v is not None), None)
        try:
            columns[header] = pa.array([v if type(v) is kind else None for v in values])
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            columns[header] = pa.nulls(rows)
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    found = land_bytes("一年.parquet", damaged(data, out.getvalue(), damage))
    if found is not None and not damage:
        assert found[0] + found[3] == rows


@fuzz("dta")
@given(data=st.data(), rows=st.integers(0, 4), damage=st.integers(0, 3))
def test_dta_of_any_values_is_accounted_for_or_refused(land_bytes, data, rows, damage):
    """A failure means that a Stata file makes landing crash, or loses rows."""
    texts = st.lists(CELL.map(lambda c: c.replace("\0", "")), min_size=rows, max_size=rows)
    numbers = st.lists(st.floats(-1e300, 1e300) | st.just(np.nan), min_size=rows, max_size=rows)
    frame = pd.DataFrame(
        {
            "stkcd": pd.Series(data.draw(texts), dtype=object),
            "year": data.draw(numbers),
            "assets": data.draw(numbers),
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.dta"
        pyreadstat.write_dta(frame, str(path), column_labels=["股票代码", "年份", "资产总计"])
        content = path.read_bytes()
    found = land_bytes("一年.dta", damaged(data, content, damage))
    if found is not None and not damage:
        assert found[0] + found[3] == rows


@fuzz("xlsx")
@given(data=st.data(), rows=st.integers(0, 4), damage=st.integers(0, 2))
def test_workbooks_of_any_cells_are_accounted_for_or_refused(land_bytes, data, rows, damage):
    """A failure means that a workbook makes landing crash, or loses rows."""
    value = st.one_of(
        st.sampled_from(TRICKY),
        st.integers(-(10**9), 10**9),
        st.floats(-1e9, 1e9),
        st.booleans(),
        st.dates(dt.date(1901, 1, 1)),
        st.none(),
    )
    book = openpyxl.Workbook()
    book.active.append(HEADERS[:5])
    for _ in range(rows):
        book.active.append([v if not isinstance(v, str) else openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", v)
                            for v in data.draw(st.lists(value, min_size=5, max_size=5))])  # fmt: skip
    out = io.BytesIO()
    book.save(out)
    land_bytes("一年.xlsx", damaged(data, out.getvalue(), damage))


def damaged(data, content: bytes, times: int) -> bytes:
    """The bytes with so many places overwritten, cut out or cut off."""
    for _ in range(times):
        at = data.draw(st.integers(0, 10**6)) % max(len(content), 1)
        how = data.draw(st.sampled_from(["flip", "cut", "end"]))
        if how == "flip":
            content = content[:at] + bytes([data.draw(st.integers(0, 255))]) + content[at + 1 :]
        else:
            content = content[:at] + (content[at + 7 :] if how == "cut" else b"")
    return content
