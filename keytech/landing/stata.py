"""Stata files (dta, release 105 to 119), read in blocks of rows with ReadStat.

`_row` is Stata's observation number. Strings are read as bytes and decoded by contract encodings, since files older
than release 118 carry no encoding and Chinese ones are GB18030; one broken string rejects its row only. A variable
may be recognised by its variable label where its name says nothing. `%td` and `%tc` become dates; other
date formats (`%ty`, `%tm`, ...) stay the numbers that Stata stores; value labels are not applied: codes stay codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyreadstat

from keytech.landing.chunks import Chunk, Part, RawFile, Reject, shorten
from keytech.landing.decoding import choose_encoding
from keytech.landing.errors import LandingError, Problem
from keytech.landing.headers import match_headers

CHUNK_ROWS = 100_000
_EPOCH_DAYS = 3653  # days from Stata's 1960-01-01 to 1970-01-01
_NUMBERS = {
    "double": pa.float64(),
    "float": pa.float32(),
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
}


def read_stata(raw: RawFile) -> Part:
    """Open a dta file; raises LandingError where ReadStat cannot read it or the header does not fit."""
    _, meta = _read(raw, metadataonly=True)
    strings = _Strings(raw)
    names = [strings.header(name) for name in meta.column_names]
    labels = [strings.header(label or "") for label in meta.column_labels]
    headers = match_headers(names, raw.table, raw.shown, raw.contract, 1, second_names=labels)
    part = Part(raw.shown, headers, iter(()), typed=True)
    part.chunks = _chunks(raw, part, meta, strings)
    return part


def _read(raw: RawFile, **options: Any) -> tuple[dict[str, list[Any]], Any]:
    try:
        return pyreadstat.read_dta(
            raw.path, encoding="LATIN1", output_format="dict", disable_datetime_conversion=True, **options
        )
    except pyreadstat.ReadstatError as error:
        raise LandingError(
            Problem(
                raw.shown,
                f"cannot be read as a Stata file ({error})",
                expected="a complete .dta file",
                remedy="copy or export the file again; saveold writes a release that is always readable",
            )
        ) from error


class _Strings:
    """Decodes strings that ReadStat handed over as Latin-1, in the encoding that fits the first non-ASCII ones."""

    def __init__(self, raw: RawFile):
        self.raw = raw
        self.encoding: str | None = None

    def header(self, text: str) -> str:
        data = text.encode("latin-1")
        encoding = choose_encoding([data], self.raw.table.encodings)
        return data.decode(encoding, errors="replace") if encoding else text

    def decode(self, values: list[str]) -> tuple[list[str], dict[int, str]]:
        """The texts, and by index the reason why one is broken."""
        self._decide(values)
        broken: dict[int, str] = {}
        texts = values
        if self.encoding is not None:
            texts = [
                value if value.isascii() else self._one(value, i, broken) for i, value in enumerate(values)
            ]
        return texts, broken

    def _decide(self, values: list[str]) -> None:
        if self.encoding is not None:
            return
        data = [value.encode("latin-1") for value in values if not value.isascii()]
        if not data:
            return
        self.encoding = choose_encoding([b"\n".join(data)], self.raw.table.encodings)
        if self.encoding is None:
            raise LandingError(
                Problem(
                    self.raw.shown,
                    "its strings cannot be decoded",
                    expected=f"text in {' or '.join(self.raw.table.encodings)}",
                    remedy=f"run unicode translate in Stata, or add the encoding to {self.raw.contract}",
                )
            )

    def _one(self, value: str, index: int, broken: dict[int, str]) -> str:
        data = value.encode("latin-1")
        assert self.encoding is not None
        try:
            return data.decode(self.encoding)
        except UnicodeDecodeError as error:
            byte = data[error.start]
            broken[index] = (
                f"byte 0x{byte:02x} at offset {error.start} of the value is not valid {self.encoding}"
            )
            return data.decode(self.encoding, errors="replace")


def _chunks(raw: RawFile, part: Part, meta: Any, strings: _Strings) -> Iterator[Chunk]:
    names = {column: meta.column_names[index] for column, index in part.headers.positions.items()}
    offset = 0
    while True:
        data, _ = _read(raw, row_offset=offset, row_limit=CHUNK_ROWS, usecols=list(names.values()))
        count = max((len(values) for values in data.values()), default=0)
        if count == 0:
            return
        yield _chunk(names, data, meta, strings, offset, count)
        part.encoding = strings.encoding
        offset += count


def _chunk(
    names: dict[str, str], data: dict[str, list[Any]], meta: Any, strings: _Strings, offset: int, count: int
) -> Chunk:
    columns = {"_row": pa.array(np.arange(offset + 1, offset + count + 1), pa.int64())}
    usable = np.ones(count, dtype=bool)
    rejects: list[Reject] = []
    for column, name in names.items():
        kind = meta.readstat_variable_types[name]
        if kind in _NUMBERS:
            numbers = pa.array(data[name], _NUMBERS[kind])
            columns[column] = _dates(numbers, meta.original_variable_types[name] or "")
            continue
        texts, broken = strings.decode(data[name])
        columns[column] = pa.array(texts, pa.string())
        for index, reason in broken.items():
            usable[index] = False
            rejects.append(Reject(offset + index + 1, column, shorten(texts[index]), reason))
    table = pa.table(columns)
    rejects.sort(key=lambda reject: reject.row_number)
    return Chunk(table if usable.all() else table.filter(pa.array(usable)), tuple(rejects))


def _dates(numbers: pa.Array, form: str) -> pa.Array:
    """Elapsed days (%td) or milliseconds (%tc) since 1960 as Arrow dates and timestamps; other numbers as they are."""
    if form.startswith(("%td", "%d", "%-td", "%-d")):
        days = pc.subtract(pc.cast(numbers, pa.float64()), float(_EPOCH_DAYS))
        return pc.cast(pc.cast(pc.floor(days), pa.int32()), pa.date32())
    if form.startswith(("%tc", "%-tc")):
        milliseconds = pc.subtract(pc.cast(numbers, pa.float64()), float(_EPOCH_DAYS * 86_400_000))
        return pc.cast(pc.cast(pc.floor(milliseconds), pa.int64()), pa.timestamp("ms"))
    return numbers
