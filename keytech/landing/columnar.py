"""Parquet files, read in batches of rows; `_row` is the position of the row in the file, from 1."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from keytech.landing.chunks import Chunk, Part, RawFile
from keytech.landing.errors import LandingError, Problem
from keytech.landing.headers import HeaderMap, match_headers

CHUNK_ROWS = 131_072
# What Arrow raises for a file that is damaged: a name in its footer may even be no text.
BROKEN = (pa.ArrowException, OSError, UnicodeDecodeError)


def read_parquet(raw: RawFile) -> Part:
    """Open a Parquet file; raises LandingError where it is none or its columns do not keep the contract."""
    try:
        file = pq.ParquetFile(raw.path)
    except BROKEN as error:
        raise LandingError(_unreadable(raw, error)) from error
    headers = match_headers(file.schema_arrow.names, raw.table, raw.shown, raw.contract)
    return Part(raw.shown, headers, _chunks(raw, file, headers), typed=True)


def _unreadable(raw: RawFile, error: Exception) -> Problem:
    return Problem(
        raw.shown,
        f"cannot be read as Parquet ({str(error).splitlines()[0]})",
        expected="a complete Parquet file",
        remedy="copy or export the file again",
    )


def _readable(column: pa.Array) -> pa.Array:
    """The column, bytes as text; raises ArrowInvalid where text is not UTF-8, as in a damaged file."""
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return column.cast(pa.string())
    column.validate(full=True)
    return column


def _chunks(raw: RawFile, file: pq.ParquetFile, headers: HeaderMap) -> Iterator[Chunk]:
    columns = [headers.headers[position] for position in headers.positions.values()]
    done = 0
    try:
        for batch in file.iter_batches(batch_size=CHUNK_ROWS, columns=columns):
            rows = pa.array(np.arange(done + 1, done + batch.num_rows + 1), pa.int64())
            named = {
                name: _readable(batch.column(headers.headers[position]))
                for name, position in headers.positions.items()
            }
            yield Chunk(pa.table({"_row": rows, **named}))
            done += batch.num_rows
    except BROKEN as error:
        raise LandingError(_unreadable(raw, error)) from error
