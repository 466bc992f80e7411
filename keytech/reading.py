"""Reading a release: one whole release from first to last, whatever is published meanwhile."""

from __future__ import annotations

import fcntl
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import duckdb

from keytech.project import Places, places
from keytech.release import ReleaseError, read_manifest, release_folder

if TYPE_CHECKING:
    import pandas as pd

    from keytech.econometrics import Specification


class Release:
    """An opened release: `id`, `folder` (the link already followed), `manifest`, `connection` (read-only DuckDB).

    While it is open, `keytech releases prune` keeps the release. Use it in a `with` block, or call `close()`.
    """

    def __init__(self, folder: Path, project: Places):
        self.folder, self.project = folder, project
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

    def declared(self, study: str, table_id: str, column_id: str) -> tuple[Specification, pd.DataFrame]:
        """A declared column as the estimators take it, and the panel of this release that it is estimated on.

        Raises ReleaseError where the project declares no such column, or another formula than this release has.
        """
        from keytech.studies.declarations import read_study
        from keytech.studies.run import with_tables

        said = read_study(self.project.studies / f"{study}.yml")
        columns = [
            c for t in said.tables if t.table_id == table_id for c in t.columns if c.column_id == column_id
        ]
        if not columns:
            raise ReleaseError(f"{study} declares no table {table_id!r} with a column {column_id!r}")
        specification = said.specification(columns[0])
        runs = self.frame("results.runs").set_index(["study", "table_id", "column_id"])
        if runs.loc[(study, table_id, column_id), "formula"] != specification.formula:
            raise ReleaseError(
                f"{study} table {table_id}: the declaration has changed since release {self.id}"
            )
        frames = {name: self.frame(f"panels.{name}") for name in said.panels_of(columns[0])}
        return with_tables(specification, columns[0], frames), frames[said.panel_of(columns[0])]

    def close(self) -> None:
        self.connection.close()
        self._held.close()

    def __enter__(self) -> Release:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def folder_of(release_id: str, here: Places) -> Path:
    """The folder of a release by its id, its number, or `current`, links followed. Raises ReleaseError where there is none."""
    if release_id != "current":
        return release_folder(here.releases, release_id)
    if not here.current.exists():
        raise ReleaseError("there is no release yet: run `make run` first")
    return here.current.resolve()


def open_release(release_id: str = "current", project: str | Path | None = None) -> Release:
    """Open the current release, or one by its id, of the project in or above the working directory.

    Raises ReleaseError where there is none.
    """
    here = places(Path(project) if project else None)
    return Release(folder_of(release_id, here), here)
