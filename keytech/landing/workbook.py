"""Excel workbooks (xlsx, xlsm, xls): the header row is searched below title rows; every matching sheet is read.

`_row` is the row number that Excel shows. Numbers become the shortest text that reads back the same, whole numbers
without `.0`; dates become `2015-07-21`, with the time only where it is not midnight; error values such as #N/A are
blank. Leading zeros that Excel shows by a number format are not in the file: staging pads codes.
A sheet is read if it has every required header. A sheet without any resemblance is passed over and listed in the files
manifest; one that has at least two and half of the required headers is refused, since it looks like misspelt data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice

import pyarrow as pa
import python_calamine as calamine

from keytech.landing.chunks import Chunk, Part, RawFile
from keytech.landing.errors import LandingError, Problem
from keytech.landing.headers import (
    HEADER_SEARCH_ROWS,
    HeaderMap,
    count_matches,
    find_header,
    has_required,
    match_headers,
)

CHUNK_ROWS = 50_000


def read_workbook(raw: RawFile) -> list[Part]:
    """One Part per matching sheet; raises LandingError where the file is no workbook or no sheet matches."""
    book = _open(raw)
    heads = {name: head for name in book.sheet_names if (head := _head(book, name))}
    if not heads:
        raise LandingError(
            Problem(
                raw.shown,
                "the workbook is empty",
                expected=" | ".join(column.headers[0] for column in raw.table.columns),
                remedy="ask for the file again or remove it",
            )
        )
    chosen = [name for name, head in heads.items() if _matches(head, raw)]
    suspects = [name for name, head in heads.items() if name not in chosen and _resembles(head, raw)]
    if not chosen or suspects:
        name = (suspects or sorted(heads, key=lambda name: -_score(heads[name], raw)))[0]
        shown = raw.shown if len(heads) == 1 else f"{raw.shown}#{name}"
        _match(heads[name], raw, shown)
    skipped = tuple(name for name in book.sheet_names if name not in chosen)
    parts = []
    for name in chosen:
        label = raw.shown if len(chosen) == 1 else f"{raw.shown}#{name}"
        headers = _match(heads[name], raw, label)
        parts.append(Part(label, headers, _chunks(book, name, headers), skipped_sheets=skipped))
    return parts


def _open(raw: RawFile) -> calamine.CalamineWorkbook:
    try:
        return calamine.CalamineWorkbook.from_path(raw.path)
    except calamine.CalamineError as error:
        raise LandingError(
            Problem(
                raw.shown,
                f"cannot be read as an Excel workbook ({error})",
                expected="an unencrypted .xlsx, .xlsm or .xls file",
                remedy="open it in Excel and save it again as .xlsx, or ask for the file again",
            )
        ) from error


def _head(book: calamine.CalamineWorkbook, name: str) -> list[list[str]]:
    rows = islice(book.get_sheet_by_name(name).iter_rows(), HEADER_SEARCH_ROWS)
    head = [[_text(cell) or "" for cell in row] for row in rows]
    return head if any(any(row) for row in head) else []


def _score(head: list[list[str]], raw: RawFile) -> int:
    return count_matches(head[find_header(head, raw.table)], raw.table)


def _matches(head: list[list[str]], raw: RawFile) -> bool:
    return _score(head, raw) > 0 and has_required(head[find_header(head, raw.table)], raw.table)


def _resembles(head: list[list[str]], raw: RawFile) -> bool:
    required = sum(column.required for column in raw.table.columns)
    return _score(head, raw) >= max(2, required / 2)


def _match(head: list[list[str]], raw: RawFile, label: str) -> HeaderMap:
    index = find_header(head, raw.table)
    return match_headers(head[index], raw.table, label, raw.contract, index + 1)


def _chunks(book: calamine.CalamineWorkbook, name: str, headers: HeaderMap) -> Iterator[Chunk]:
    rows = enumerate(book.get_sheet_by_name(name).iter_rows(), start=1)
    data = islice(rows, headers.row, None)
    while block := list(islice(data, CHUNK_ROWS)):
        columns = {"_row": pa.array([number for number, _ in block], pa.int64())}
        for column, position in headers.positions.items():
            columns[column] = pa.array([_text(cells[position]) for _, cells in block], pa.string())
        yield Chunk(pa.table(columns))


def _text(cell: object) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ", timespec="seconds")
    return str(cell)
