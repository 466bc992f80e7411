"""Delimited text (csv, tsv, txt): encoding, separator and header are found by the contract, then records stream.

Separators `,`, tab and `;` are recognised by which of them makes most contract headers appear; title lines
above the header are passed over.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from keytech.landing.chunks import Part, RawFile
from keytech.landing.decoding import choose_encoding
from keytech.landing.errors import LandingError, Problem
from keytech.landing.headers import HEADER_SEARCH_ROWS, count_matches, find_header, match_headers
from keytech.landing.records import Records
from keytech.landing.textstream import TextStream

SEPARATORS = (",", "\t", ";")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def read_delimited(raw: RawFile) -> Part:
    """Open a delimited file; raises LandingError where it is no text or its header does not keep the contract."""
    encoding = _encoding(raw)
    text = TextStream(raw.path, encoding)
    head = text.head()
    separator, header, consumed, lines = _find_header(head, raw)
    headers = match_headers(header, raw.table, raw.shown, raw.contract, lines)
    text.skip(consumed)
    records = Records(raw, text, headers, separator, first_line=lines + 1)
    return Part(raw.shown, headers, records.chunks(), encoding=text.encoding)


def _encoding(raw: RawFile) -> str:
    with raw.path.open("rb") as file:
        start = file.read(4096)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LandingError(
            Problem(raw.shown, "is UTF-16 text", remedy="save it again as UTF-8 csv (Excel: CSV UTF-8)")
        )
    if b"\0" in start:
        kind = "an Excel workbook or zip archive" if start.startswith(b"PK") else "binary"
        raise LandingError(
            Problem(
                raw.shown,
                f"is no text file but {kind}",
                expected=f"delimited text in {' or '.join(raw.table.encodings)}",
                remedy="give the file the ending of what it is (.xlsx, .dta, .parquet) or export it again",
            )
        )
    encoding = choose_encoding(raw.path, raw.table.encodings)
    if encoding is None:
        raise LandingError(
            Problem(
                raw.shown,
                "cannot be decoded",
                expected=f"text in {' or '.join(raw.table.encodings)}",
                remedy=f"export it again as UTF-8, or add its encoding to {raw.contract}",
            )
        )
    return encoding


def _find_header(head: str, raw: RawFile) -> tuple[str, list[str], int, int]:
    """Separator, header cells, characters up to the first record, lines up to and with the header."""
    lines = _LINE.findall(head)
    best: tuple[int, str, list[str], int] | None = None
    for separator in SEPARATORS:
        rows, ends = _first_rows(lines, separator)
        if not rows:
            continue
        index = find_header(rows, raw.table)
        score = count_matches(rows[index], raw.table)
        if best is None or score > best[0]:
            best = (score, separator, rows[index], ends[index])
    if best is None or not any(cell.strip() for cell in best[2]):
        raise LandingError(
            Problem(
                raw.shown,
                "holds no header",
                expected=" | ".join(column.headers[0] for column in raw.table.columns),
                remedy="ask for the file again or remove it",
            )
        )
    _, separator, header, end = best
    return separator, header, sum(map(len, lines[:end])), end


def _first_rows(lines: Sequence[str], separator: str) -> tuple[list[list[str]], list[int]]:
    reader = csv.reader(iter(lines), delimiter=separator)
    rows, ends = [], []
    for row in reader:
        rows.append(row)
        ends.append(reader.line_num)
        if len(rows) == HEADER_SEARCH_ROWS:
            break
    return rows, ends
