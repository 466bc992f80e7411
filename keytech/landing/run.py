"""Landing: every raw file of a source to typed Parquet, all of it or none of it."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from keytech.landing.chunks import RawFile
from keytech.landing.contracts import Source, Table, find_root, find_source, load_contracts
from keytech.landing.convert import Counts, connect, convert
from keytech.landing.discover import RawEntry, checksum, find_files, refuse_unknown_folders
from keytech.landing.errors import LandingError, Problem, says_disk_full
from keytech.landing.store import LANDING_VERSION, FileRecord, Store, slug

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class FileOutcome:
    """What this run did with one raw file; `action` is landed, unchanged or duplicate."""

    record: FileRecord
    action: str
    seconds: float


@dataclass(frozen=True)
class LandingReport:
    """One run: an outcome per raw file, raw files that disappeared, warnings, seconds; `tables` counts all tables."""

    files: tuple[FileOutcome, ...]
    removed: tuple[str, ...]
    warnings: tuple[str, ...]
    seconds: float
    sources: tuple[Source, ...]

    @property
    def changed(self) -> bool:
        """Whether anything landed is other than before the run."""
        return bool(self.removed) or any(outcome.action == "landed" for outcome in self.files)


def default_folders(raw: str | Path | None, landed: str | Path | None, root: Path) -> tuple[Path, Path]:
    """Raw and landed folder: as given, else KEYTECH_RAW and KEYTECH_LANDED, else data/raw and data/landed."""
    raw = Path(raw or os.environ.get("KEYTECH_RAW") or "data/raw")
    landed = Path(landed or os.environ.get("KEYTECH_LANDED") or "data/landed")
    return root / raw, root / landed


def land(
    raw: str | Path | None = None,
    landed: str | Path | None = None,
    project_root: str | Path | None = None,
    progress: Progress | None = None,
    wait_seconds: float = 0,
) -> LandingReport:
    """Land all sources; raises LandingError with every problem found, and then nothing is published.

    `progress(file, rows)` is called as rows of a file are read. `wait_seconds`: how long to wait for another landing.
    """
    root = find_root(project_root)
    sources = load_contracts(root)
    raw_folder, landed_folder = default_folders(raw, landed, root)
    refuse_unknown_folders(raw_folder, sources)
    return _land(sources, raw_folder, landed_folder, root, progress, wait_seconds)


def land_source(
    source: str,
    raw: str | Path | None = None,
    landed: str | Path | None = None,
    project_root: str | Path | None = None,
    progress: Progress | None = None,
    wait_seconds: float = 0,
) -> LandingReport:
    """Land one source by name, leaving the others as they are; otherwise as `land`."""
    root = find_root(project_root)
    sources = load_contracts(root)
    chosen = find_source(source, sources)
    raw_folder, landed_folder = default_folders(raw, landed, root)
    refuse_unknown_folders(raw_folder, sources)
    return _land((chosen,), raw_folder, landed_folder, root, progress, wait_seconds)


def _land(
    sources: tuple[Source, ...],
    raw: Path,
    landed: Path,
    root: Path,
    progress: Progress | None,
    wait_seconds: float,
) -> LandingReport:
    started = time.monotonic()
    store = Store(landed)
    with _says_disk_full(landed), store.lock(wait_seconds):
        spill = landed / "_incoming" / "_spill"
        threads, memory = int(os.environ.get("KEYTECH_THREADS", "2")), os.environ.get("KEYTECH_MEMORY", "4GB")
        with connect(threads, memory, spill) as con:
            run = _Run(store, raw, root, con, progress or (lambda file, rows: None))
            prepared = run.prepare(sources)
            report = run.publish(sources, prepared)
    return replace(report, seconds=time.monotonic() - started)


@contextmanager
def _says_disk_full(landed: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        if not says_disk_full(error):
            raise
        raise LandingError(
            Problem(
                str(landed), "the disk is full; nothing was published", remedy="free space, then run again"
            )
        ) from error


class _Run:
    """One landing under the lock: prepare everything under _incoming, then publish."""

    def __init__(
        self, store: Store, raw: Path, root: Path, con: duckdb.DuckDBPyConnection, progress: Progress
    ):
        self.store, self.raw, self.root, self.con, self.progress = store, raw, root, con, progress
        self.fresh: set[tuple[str, str, str]] = set()

    def prepare(self, sources: tuple[Source, ...]) -> dict[str, list[FileOutcome]]:
        """An outcome per raw file and source; raises LandingError listing what is wrong in any of them."""
        problems: list[Problem] = []
        found: dict[str, list[RawEntry]] = {}
        for source in sources:
            try:
                found[source.name] = find_files(self.raw, source, self.root)
            except LandingError as error:
                problems += error.problems
        if problems:
            raise LandingError(problems)
        outcomes = {name: list(self._prepare(entries, problems)) for name, entries in found.items()}
        if problems:
            raise LandingError(problems)
        return outcomes

    def _prepare(self, entries: list[RawEntry], problems: list[Problem]) -> Iterator[FileOutcome]:
        first: dict[tuple[str, str], str] = {}
        published = {
            (r.file, r.table_name): r for entry in entries[:1] for r in self.store.records(entry.source)
        }
        for entry in entries:
            try:
                sha = checksum(entry.path)
                original = first.setdefault((entry.table.name, sha), entry.shown)
                if original != entry.shown and entry.path.stat().st_size:
                    yield self._duplicate(entry, sha, original)
                else:
                    yield self._one(entry, sha, published.get((entry.shown, entry.table.name)))
            except LandingError as error:
                problems += error.problems
            except OSError as error:
                if says_disk_full(error):
                    raise
                why = error.strerror or str(error)
                problems.append(Problem(entry.shown, f"cannot be read ({why})", remedy="check the file"))

    def _duplicate(self, entry: RawEntry, sha: str, original: str) -> FileOutcome:
        path_hash = hashlib.sha256(entry.shown.encode()).hexdigest()[:8]
        name = f"{slug(entry.shown, sha)}.duplicate-{path_hash}"
        record = self._record(entry, sha, name, Counts(""), "duplicate", original)
        self.store.stage(record)
        self.fresh.add((entry.source, entry.table.name, name))
        return FileOutcome(record, "duplicate", 0.0)

    def _one(self, entry: RawEntry, sha: str, old: FileRecord | None) -> FileOutcome:
        contract = _contract_hash(entry.table)
        same = old and (old.sha256, old.contract_sha256, old.status) == (sha, contract, "landed")
        if old and same and self.store.is_complete(old):
            return FileOutcome(old, "unchanged", 0.0)
        name = slug(entry.shown, sha)
        staged = self.store.staged(entry.source, entry.table.name, name)
        if staged and (staged.file, staged.sha256, staged.contract_sha256) == (entry.shown, sha, contract):
            self.fresh.add((entry.source, entry.table.name, name))
            return FileOutcome(staged, "landed", 0.0)
        started = time.monotonic()
        record = self._convert(entry, sha, name)
        self.fresh.add((entry.source, entry.table.name, name))
        return FileOutcome(record, "landed", time.monotonic() - started)

    def _convert(self, entry: RawEntry, sha: str, name: str) -> FileRecord:
        data, rejects, _ = self.store.incoming_paths(entry.source, entry.table.name, name)
        raw = RawFile(entry.path, entry.shown, entry.table, entry.contract)
        before = entry.path.stat()
        counts = convert(
            raw, entry.source, data, rejects, self.con, lambda rows: self.progress(entry.shown, rows)
        )
        after = entry.path.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise LandingError(
                Problem(
                    entry.shown,
                    "changed while it was read",
                    remedy="run again when the copy is complete",
                    passing=True,
                )
            )
        record = self._record(entry, sha, name, counts, "landed", None)
        record = replace(record, landed_bytes=data.stat().st_size)
        self.store.stage(record)
        return record

    def _record(
        self, entry: RawEntry, sha: str, name: str, counts: Counts, status: str, duplicate_of: str | None
    ) -> FileRecord:
        return FileRecord(
            source=entry.source,
            table_name=entry.table.name,
            file=entry.shown,
            status=status,
            duplicate_of=duplicate_of,
            sha256=sha,
            bytes=entry.path.stat().st_size,
            format=counts.format,
            encoding=counts.encoding,
            rows_read=counts.rows_read,
            rows_landed=counts.rows_landed,
            rows_rejected=counts.rows_rejected,
            rows_blank=counts.rows_blank,
            extra_columns=" | ".join(counts.extra_columns),
            absent_columns=" | ".join(counts.absent_columns),
            skipped_sheets=" | ".join(counts.skipped_sheets),
            contract_sha256=_contract_hash(entry.table),
            name=name,
            landed_bytes=0,
        )

    def publish(self, sources: tuple[Source, ...], prepared: dict[str, list[FileOutcome]]) -> LandingReport:
        """Rename everything into place, source by source, the manifests last."""
        removed: list[str] = []
        for source in sources:
            wanted = [outcome.record for outcome in prepared[source.name]]
            removed += self.store.publish(source, wanted, self.fresh)
        self.store.write_manifests()
        outcomes = tuple(outcome for source in sources for outcome in prepared[source.name])
        return LandingReport(outcomes, tuple(removed), tuple(_warnings(outcomes)), 0.0, sources)


def _contract_hash(table: Table) -> str:
    return hashlib.sha256(f"{LANDING_VERSION} {table.contract_hash}".encode()).hexdigest()


def _warnings(outcomes: tuple[FileOutcome, ...]) -> Iterator[str]:
    for outcome in outcomes:
        record = outcome.record
        if record.status == "duplicate":
            yield f"{record.file} has the same content as {record.duplicate_of}; its rows landed once"
        elif record.rows_read and not record.rows_landed:
            yield f"{record.file}: all {record.rows_read} rows were rejected, see rejects.parquet"
        elif not record.rows_read:
            yield f"{record.file}: a header and no rows"
        if record.skipped_sheets:
            yield f"{record.file}: sheets without the table's headers were passed over: {record.skipped_sheets}"
