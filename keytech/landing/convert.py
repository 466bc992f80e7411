"""One raw file to typed Parquet and rejects, chunk by chunk; nothing of a file is visible before all of it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keytech.landing.cast import cast
from keytech.landing.cells import MACROS, arrow_schema
from keytech.landing.chunks import Part, RawFile, Reject
from keytech.landing.columnar import read_parquet
from keytech.landing.contracts import Column
from keytech.landing.delimited import read_delimited
from keytech.landing.errors import LandingError, Problem
from keytech.landing.prefetch import prefetch
from keytech.landing.stata import read_stata
from keytech.landing.workbook import read_workbook

FORMATS = {
    "csv": (".csv", ".tsv", ".txt"),
    "xlsx": (".xlsx", ".xlsm", ".xls"),
    "dta": (".dta",),
    "parquet": (".parquet",),
}
ROW_GROUP = 122_880
REJECTS = pa.schema(
    [
        ("source", pa.string()),
        ("table_name", pa.string()),
        ("file", pa.string()),
        ("row_number", pa.int64()),
        ("column_name", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
    ]
)


@dataclass
class Counts:
    """What became of a raw file: rows_read = rows_landed + rows_rejected; blank rows are not read rows."""

    format: str
    encoding: str | None = None
    rows_landed: int = 0
    rows_rejected: int = 0
    rows_blank: int = 0
    extra_columns: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
    skipped_sheets: tuple[str, ...] = ()
    rejects: int = 0

    @property
    def rows_read(self) -> int:
        return self.rows_landed + self.rows_rejected


def format_of(path: Path) -> str | None:
    """csv, xlsx, dta or parquet by the file's ending; None for anything else."""
    return next((name for name, endings in FORMATS.items() if path.suffix.lower() in endings), None)


def connect(threads: int, memory: str, spill: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with the macros of cells.py."""
    con = duckdb.connect(config={"threads": threads, "memory_limit": memory, "temp_directory": str(spill)})
    con.execute("set TimeZone = 'UTC'")
    for macro in MACROS:
        con.execute(macro)
    return con


def convert(
    raw: RawFile,
    source: str,
    data: Path,
    rejects: Path,
    con: duckdb.DuckDBPyConnection,
    progress: Callable[[int], None] = lambda rows: None,
) -> Counts:
    """Read `raw`, write landed rows to `data` and rejects to `rejects` (no file without rejects).

    `progress` is called with the number of rows of each chunk. Raises LandingError where the file as a whole is
    refused; the two paths then hold nothing that counts.
    """
    kind = format_of(raw.path)
    parts = _parts(raw, kind)
    counts = Counts(kind or "")
    with _writer(data, arrow_schema(raw.table)) as keep, _writer(rejects, REJECTS) as refuse:
        for part in parts:
            _Part(raw, source, part, con, counts).land(keep, refuse, progress)
    if not counts.rejects:
        rejects.unlink()
    _summarise(counts, parts)
    return counts


def _parts(raw: RawFile, kind: str | None) -> list[Part]:
    if raw.path.stat().st_size == 0:
        raise LandingError(
            Problem(
                raw.shown,
                "the file is empty (0 bytes)",
                expected=" | ".join(column.headers[0] for column in raw.table.columns),
                remedy="copy it again from where it came, or remove it",
            )
        )
    if kind == "csv":
        return [read_delimited(raw)]
    if kind == "xlsx":
        return read_workbook(raw)
    if kind == "dta":
        return [read_stata(raw)]
    return [read_parquet(raw)]


def _summarise(counts: Counts, parts: list[Part]) -> None:
    def joined(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for part in parts for word in getattr(part.headers, name)))

    counts.extra_columns, counts.absent_columns = joined("extra"), joined("absent")
    counts.skipped_sheets = parts[0].skipped_sheets
    counts.encoding = parts[0].encoding


@contextmanager
def _writer(path: Path, schema: pa.Schema) -> Iterator[_Writer]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False) as file:
        writer = _Writer(file, schema)
        yield writer
        writer.flush()


class _Writer:
    """Collects tables and writes row groups of at least ROW_GROUP rows, so that the layout is that of the data."""

    def __init__(self, file: pq.ParquetWriter, schema: pa.Schema):
        self.file, self.schema = file, schema
        self.waiting: list[pa.Table] = []
        self.rows = 0

    def add(self, table: pa.Table) -> None:
        self.waiting.append(table)
        self.rows += table.num_rows
        if self.rows >= ROW_GROUP:
            self.flush()

    def flush(self) -> None:
        if self.rows:
            self.file.write_table(pa.concat_tables(self.waiting), row_group_size=self.rows)
        self.waiting, self.rows = [], 0


class _Part:
    """The landing of one part of a raw file."""

    def __init__(self, raw: RawFile, source: str, part: Part, con: duckdb.DuckDBPyConnection, counts: Counts):
        self.raw, self.part, self.con, self.counts = raw, part, con, counts
        self.where = {"source": source, "table_name": raw.table.name, "file": part.label}
        self.schema = arrow_schema(raw.table)
        self.filled: dict[str, list[int]] = {}

    def land(self, keep: _Writer, refuse: _Writer, progress: Callable[[int], None]) -> None:
        readable: dict[str, int] = {}
        unreadable: dict[str, int] = {}
        for chunk in prefetch(self.part.chunks):
            done = cast(self.con, chunk.rows, self.raw.table)
            rejects = pa.concat_tables([self._rejects_table(list(chunk.rejects)), self._placed(done.faults)])
            landed = self._placed_rows(done.landed)
            keep.add(landed)
            refuse.add(rejects.sort_by("row_number"))
            rejected = pc.count_distinct(rejects["row_number"]).as_py()
            self.counts.rejects += rejects.num_rows
            self.counts.rows_landed += landed.num_rows
            self.counts.rows_rejected += rejected
            self.counts.rows_blank += chunk.blank + done.blank
            for name, count in done.readable.items():
                readable[name] = readable.get(name, 0) + count
            for name in self._unreadable(done.faults):
                unreadable[name] = unreadable.get(name, 0) + 1
            progress(landed.num_rows + rejected)
        self._refuse_wrong_types({n: count for n, count in unreadable.items() if not readable[n]})

    def _unreadable(self, faults: pa.Table) -> list[str]:
        """Columns of the filled cells of a typed file that failed, once per cell."""
        if not self.part.typed:
            return []
        blank = pc.starts_with(faults["reason"], "blank")
        return faults.filter(pc.invert(blank))["column_name"].to_pylist()

    def _placed_rows(self, landed: pa.Table) -> pa.Table:
        file = pa.repeat(pa.scalar(self.part.label, pa.string()), landed.num_rows)
        return landed.append_column("_file", file).select(self.schema.names).cast(self.schema)

    def _placed(self, faults: pa.Table) -> pa.Table:
        for index, (name, value) in enumerate(self.where.items()):
            faults = faults.add_column(index, name, pa.repeat(pa.scalar(value, pa.string()), faults.num_rows))
        return faults.cast(REJECTS)

    def _rejects_table(self, rejects: list[Reject]) -> pa.Table:
        return pa.Table.from_pylist([self.where | vars(reject) for reject in rejects], schema=REJECTS)

    def _refuse_wrong_types(self, unreadable: dict[str, int]) -> None:
        """A typed file whose column holds no value of the contract's type was exported wrongly: refuse it whole."""
        kinds = {column.name: column for column in self.raw.table.columns if column.data_type != "varchar"}
        problems = [
            self._wrong_type(kinds[name], count) for name, count in unreadable.items() if name in kinds
        ]
        if problems:
            raise LandingError(problems)

    def _wrong_type(self, column: Column, count: int) -> Problem:
        header = self.part.headers.headers[self.part.headers.positions[column.name]]
        return Problem(
            self.raw.shown,
            f"variable {header} has the wrong type: none of its {count} values is a {column.data_type}",
            expected=f"{column.name} ({column.label_zh}) as {column.data_type}",
            remedy=f"check that {header} is the right variable and convert it (destring, date()) before "
            f"export, or correct the aliases of {column.name} in {self.raw.contract}",
        )
