"""The landed folder: what is where, and how it changes without ever being half changed.

    <landed>/<source>/<table>/<slug>-<sha8>.parquet    landed rows of one raw file, or empty.parquet
    <landed>/_records/<source>/<table>/*.json          one record per raw file: counts, checksums (and *.rejects.parquet)
    <landed>/files.parquet, rejects.parquet          both manifests, put together from the records
    <landed>/_incoming/...                             files converted but not yet published

A file is converted completely under _incoming first; its record is written last. Publishing renames data, then rejects,
then the record, so a record never speaks of something that is not there. Whatever an interruption leaves behind is either a
complete conversion, which the next run publishes, or is done again with the same bytes.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from keytech.landing.cells import arrow_schema
from keytech.landing.contracts import Source, Table
from keytech.landing.convert import REJECTS
from keytech.landing.errors import LandingError, Problem

FILES = pa.schema(
    [
        ("source", pa.string()),
        ("table_name", pa.string()),
        ("file", pa.string()),
        ("status", pa.string()),
        ("duplicate_of", pa.string()),
        ("sha256", pa.string()),
        ("bytes", pa.int64()),
        ("format", pa.string()),
        ("encoding", pa.string()),
        ("rows_read", pa.int64()),
        ("rows_landed", pa.int64()),
        ("rows_rejected", pa.int64()),
        ("rows_blank", pa.int64()),
        ("extra_columns", pa.string()),
        ("absent_columns", pa.string()),
        ("skipped_sheets", pa.string()),
        ("contract_sha256", pa.string()),
    ]
)
Key = tuple[str, str, str]  # source, table, name of the landed file without ending
# Part of every contract hash: raise it when landing itself would write other bytes for the same file.
LANDING_VERSION = 1


@dataclass(frozen=True)
class FileRecord:
    """One line of the files manifest; `status` is landed or duplicate (then `duplicate_of` names the landed file).

    Lists of headers and sheets are joined by ` | `. `name` is the stem of the landed file, `landed_bytes` its size.
    """

    source: str
    table_name: str
    file: str
    status: str
    duplicate_of: str | None
    sha256: str
    bytes: int
    format: str
    encoding: str | None
    rows_read: int
    rows_landed: int
    rows_rejected: int
    rows_blank: int
    extra_columns: str
    absent_columns: str
    skipped_sheets: str
    contract_sha256: str
    name: str
    landed_bytes: int


def slug(file: str, sha256: str) -> str:
    """`<file name without ending, word characters only>-<first 8 of the checksum>`."""
    stem = re.sub(r"[^\w]+", "-", Path(file).stem.lower()).strip("-")[:60]
    return f"{stem or 'file'}-{sha256[:8]}"


class Store:
    """One landed folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.records_folder = folder / "_records"
        self.incoming = folder / "_incoming"

    @contextmanager
    def lock(self, wait_seconds: float = 0) -> Iterator[None]:
        """Exclusive for one landing at a time; waits up to `wait_seconds`, then raises LandingError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as file:
            deadline = time.monotonic() + wait_seconds
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise LandingError(
                            Problem(
                                str(self.folder),
                                "another landing is running on this folder",
                                remedy="wait until it has finished, then run again",
                                passing=True,
                            )
                        ) from None
                    time.sleep(0.1)
            yield

    # -- records ------------------------------------------------------------------------------------------------

    def records(self, source: str | None = None) -> list[FileRecord]:
        """Published records in order of source, table and file."""
        pattern = f"{source or '*'}/*/*.json"
        found = [_read_record(path) for path in self.records_folder.glob(pattern)]
        return sorted((record for record in found if record), key=lambda r: (r.source, r.table_name, r.file))

    def is_complete(self, record: FileRecord) -> bool:
        """Whether the published data and rejects of a record are there as it says."""
        return _complete(self.data(record), self.rejects(record), record)

    def data(self, record: FileRecord) -> Path:
        return self.folder / record.source / record.table_name / f"{record.name}.parquet"

    def rejects(self, record: FileRecord) -> Path:
        return self._record_path(record).with_suffix(".rejects.parquet")

    def _record_path(self, record: FileRecord) -> Path:
        return self.records_folder / record.source / record.table_name / f"{record.name}.json"

    # -- incoming -----------------------------------------------------------------------------------------------

    def incoming_paths(self, source: str, table: str, name: str) -> tuple[Path, Path, Path]:
        """Where a file is converted to: data, rejects, record."""
        stem = self.incoming / source / table / name
        return tuple(stem.with_name(name + ending) for ending in (".parquet", ".rejects.parquet", ".json"))

    def staged(self, source: str, table: str, name: str) -> FileRecord | None:
        """The record of an earlier conversion that was completed but not published."""
        data, rejects, path = self.incoming_paths(source, table, name)
        record = _read_record(path) if path.is_file() else None
        return record if record and _complete(data, rejects, record) else None

    def stage(self, record: FileRecord) -> None:
        """Declare a conversion complete by writing its record."""
        _write_record(self.incoming_paths(record.source, record.table_name, record.name)[2], record)

    # -- publishing ---------------------------------------------------------------------------------------------

    def publish(self, source: Source, wanted: list[FileRecord], fresh: set[Key]) -> list[str]:
        """Make the public folder of `source` hold exactly `wanted`; `fresh`: what lies in _incoming.

        Returns the raw files whose landed rows were removed because the file is gone or has changed its table.
        """
        for record in wanted:
            if (record.source, record.table_name, record.name) in fresh:
                self._move_in(record)
        kept = {(record.table_name, record.name) for record in wanted}
        gone = [r for r in self.records(source.name) if (r.table_name, r.name) not in kept]
        for record in gone:
            self._record_path(record).unlink()
            self.rejects(record).unlink(missing_ok=True)
            self.data(record).unlink(missing_ok=True)
        for table in source.tables:
            self._tidy(source.name, table, [r for r in wanted if r.table_name == table.name])
        shutil.rmtree(self.incoming / source.name, ignore_errors=True)
        if self.incoming.is_dir() and not any(self.incoming.iterdir()):
            self.incoming.rmdir()
        files = {record.file for record in wanted}
        return sorted({record.file for record in gone} - files)

    def _move_in(self, record: FileRecord) -> None:
        data, rejects, path = self.incoming_paths(record.source, record.table_name, record.name)
        for target in (self.data(record), self._record_path(record)):
            target.parent.mkdir(parents=True, exist_ok=True)
        if record.status == "landed":
            os.replace(data, self.data(record))
            if record.rows_rejected:
                os.replace(rejects, self.rejects(record))
        os.replace(path, self._record_path(record))

    def _tidy(self, source: str, table: Table, records: list[FileRecord]) -> None:
        """Remove landed files without a record; keep one typed empty file exactly where a table has none."""
        folder = self.folder / source / table.name
        folder.mkdir(parents=True, exist_ok=True)
        known = {f"{record.name}.parquet" for record in records if record.status == "landed"}
        empty, schema = folder / "empty.parquet", arrow_schema(table)
        if not known and not (empty.is_file() and pq.read_schema(empty).equals(schema)):
            draft = folder / "empty.parquet.tmp"
            pq.write_table(schema.empty_table(), draft, compression="zstd", store_schema=False)
            os.replace(draft, empty)
        for path in folder.iterdir():
            if path.is_file() and path.name not in known and (known or path != empty):
                path.unlink()
        records_folder = self.records_folder / source / table.name
        kept = {f"{record.name}{ending}" for record in records for ending in (".json", ".rejects.parquet")}
        for path in records_folder.glob("*"):
            if path.name not in kept:
                path.unlink()

    def write_manifests(self) -> None:
        """Put files.parquet and rejects.parquet together from all records; each replaced atomically."""
        records = self.records()
        rows = [{name: asdict(record)[name] for name in FILES.names} for record in records]
        rejects = [self.rejects(record) for record in records if record.rows_rejected]
        self._replace("rejects.parquet", REJECTS, (batch for path in rejects for batch in _batches(path)))
        self._replace("files.parquet", FILES, iter(pa.Table.from_pylist(rows, schema=FILES).to_batches()))

    def has_manifests(self) -> bool:
        return all((self.folder / name).is_file() for name in ("files.parquet", "rejects.parquet"))

    def _replace(self, name: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        draft = self.folder / f"{name}.tmp"
        with pq.ParquetWriter(draft, schema, compression="zstd", store_schema=False) as writer:
            for batch in batches:
                writer.write_batch(batch)
        os.replace(draft, self.folder / name)


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    yield from pq.ParquetFile(path).iter_batches()


def _complete(data: Path, rejects: Path, record: FileRecord) -> bool:
    if record.status != "landed":
        return True
    if record.rows_rejected and not rejects.is_file():
        return False
    return data.is_file() and data.stat().st_size == record.landed_bytes


def _write_record(path: Path, record: FileRecord) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(
        json.dumps(asdict(record), ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8"
    )
    os.replace(draft, path)


def _read_record(path: Path) -> FileRecord | None:
    """A record, or None where an older landing wrote it with other fields."""
    try:
        return FileRecord(**json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, ValueError):
        return None
