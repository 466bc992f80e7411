"""Reading a release: one whole release from first to last, whatever is published meanwhile."""

from __future__ import annotations

import fcntl
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import duckdb

from keytech.project import places
from keytech.release import ReleaseError, read_manifest, release_folder

if TYPE_CHECKING:
    import pandas as pd


class Release:
    """An opened release: `id`, `folder` (the link already followed), `manifest`, `connection` (read-only DuckDB).

    While it is open, `keytech releases prune` keeps the release. Use it in a `with` block, or call `close()`.
    """

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        self.manifest = read_manifest(self.folder)
        self._held = (self.folder / "manifest.json").open()
        fcntl.flock(self._held, fcntl.LOCK_SH)
        self.connection = duckdb.connect(str(self.folder / "warehouse.duckdb"), read_only=True)

    @property
    def id(self) -> str:
        return self.manifest["release_id"]

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """A query on the release's DuckDB file."""
        return self.connection.sql(query)

    def frame(self, table: str) -> pd.DataFrame:
        """A table, `panels.pnl_talent_keytech`, as pandas: exactly what the estimators read."""
        import pandas as pd

        return pd.read_parquet(self.parquet(table))

    def parquet(self, table: str) -> Path:
        """The Parquet file of a table. Raises ReleaseError where the release has no such table."""
        schema, _, name = table.partition(".")
        folder = self.folder / "results" if schema == "results" else self.folder / "marts" / schema
        path = folder / f"{name}.parquet"
        if not path.is_file():
            raise ReleaseError(f"release {self.id} has no table {table!r}")
        return path

    def close(self) -> None:
        self.connection.close()
        self._held.close()

    def __enter__(self) -> Release:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_release(release_id: str = "current", project: str | Path | None = None) -> Release:
    """Open the current release, or one by its id, of the project in or above the working directory.

    Raises ReleaseError where there is none.
    """
    here = places(Path(project) if project else None)
    return Release(here.current if release_id == "current" else release_folder(here.releases, release_id))
