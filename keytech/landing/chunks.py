"""What every reader hands on: raw columns under contract names, in chunks, with the rows it could not read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from keytech.landing.headers import HeaderMap

if TYPE_CHECKING:
    from pathlib import Path

    from keytech.landing.contracts import Table

SHOWN = 500  # characters of a raw value kept in rejects


@dataclass(frozen=True)
class RawFile:
    """A file about to be read: where it lies, how messages and `_file` call it, and the contract it must keep."""

    path: Path
    shown: str
    table: Table
    contract: str


@dataclass(frozen=True)
class Reject:
    """One reason why one raw row cannot land; `row_number` as `_row`, `value` as delivered (shortened)."""

    row_number: int
    column_name: str | None
    value: str | None
    reason: str


@dataclass(frozen=True)
class Chunk:
    """Some rows in file order: `_row` (int64) and the mapped columns, of any Arrow type.

    `rejects` are the rows that could not even be split into cells or decoded; they are not in `rows`.
    `blank`: lines without any content that are in neither.
    """

    rows: pa.Table
    rejects: tuple[Reject, ...] = ()
    blank: int = 0


@dataclass
class Part:
    """One table-shaped piece of a raw file: the file itself or one sheet of a workbook.

    `typed`: the format gives each column one storage type (dta, Parquet). `encoding` may become known only
    while reading. `chunks` can be read once.
    """

    label: str
    headers: HeaderMap
    chunks: Iterator[Chunk]
    typed: bool = False
    encoding: str | None = None
    skipped_sheets: tuple[str, ...] = field(default=())


def shorten(value: str) -> str:
    """A raw value as rejects show it."""
    return value if len(value) <= SHOWN else value[: SHOWN - 1] + "…"
