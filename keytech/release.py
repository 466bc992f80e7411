"""Releases: write, audit, publish. A release is complete and immutable, and readers see one or the next.

A release is written in full under a hidden name, every byte of it is on the disk before it gets its own name by one
rename, and `current` is a link that is replaced by another rename. A process that dies at any step leaves either the old
release or the new one; what it had half written under a hidden name is removed by the next publish.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from keytech.fingerprint import file_sha256
from keytech.lock import exclusive

SCHEMAS = ("marts", "panels", "quality")
PINNED = (
    "duckdb",
    "dbt-core",
    "dbt-duckdb",
    "dagster",
    "pyfixest",
    "pandas",
    "numpy",
    "scipy",
    "linearmodels",
    "statsmodels",
)


class ReleaseError(RuntimeError):
    """A release that is asked for does not exist, or cannot be made."""


@dataclass(frozen=True)
class Mart:
    """A published table: schema, name, rows, and the checksum of its Parquet file (rows ordered by all columns)."""

    schema: str
    name: str
    rows: int
    sha256: str


def export_marts(warehouse: Path, target: Path, memory: str = "4GB") -> list[Mart]:
    """Write every table of SCHEMAS to `target/<schema>/<name>.parquet`, rows ordered by all columns.

    The order makes the bytes independent of threads. Files of tables that are no more are removed.
    """
    marts = []
    for draft in target.glob("*/.*.parquet"):
        draft.unlink()
    with duckdb.connect(str(warehouse), read_only=True, config={"memory_limit": memory}) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema in ('marts', 'panels', 'quality') order by all"
        ).fetchall()
        for schema, name in tables:
            path = target / schema / f"{name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            building = path.with_name(f".{path.name}")
            connection.execute(
                f"copy (select * from {schema}.{name} order by all) to '{building}' (format parquet, compression zstd)"
            )
            os.replace(building, path)
            rows = connection.execute(f"select count(*) from {schema}.{name}").fetchone()[0]
            marts.append(Mart(schema, name, rows, file_sha256(path)))
    _remove_strangers(target, {(m.schema, f"{m.name}.parquet") for m in marts})
    return marts


def exported_marts(target: Path) -> list[Mart]:
    """The tables that `export_marts` has written to `target`, read off the files."""
    paths = sorted(target.glob("*/*.parquet"))
    return [Mart(p.parent.name, p.stem, pq.read_metadata(p).num_rows, file_sha256(p)) for p in paths]


def _remove_strangers(target: Path, known: set[tuple[str, str]]) -> None:
    for path in target.glob("*/*.parquet"):
        if (path.parent.name, path.name) not in known:
            path.unlink()


def publish(
    releases: Path,
    current: Path,
    *,
    build: Path,
    manifest: dict,
    finish: Callable[[Path], None],
) -> str:
    """Make a release of `build` and switch `current` to it; all of it, or none of it. Returns the release id.

    `build` holds marts/ and results/. `manifest` must hold `fingerprint`; the id is a running
    number and the first eight digits of the fingerprint. A release of the same fingerprint that is already there is
    kept and only becomes current. `finish` is called with the folder of the new release, which then holds all but the
    descriptor and the site, and adds them. Raises Busy where another process changes the releases for a minute.
    """
    with exclusive(releases, "publishing a release", wait_seconds=60):
        remove_leftovers(releases)
        release_id = _known_id(releases, manifest["fingerprint"])
        if release_id is None:
            release_id = f"{_next_number(releases):04d}-{manifest['fingerprint'][:8]}"
            building = releases / f".building-{release_id}"
            try:
                _write(building, build, manifest | {"release_id": release_id})
                finish(building)
                _sync(building)
                os.replace(building, releases / release_id)
            except BaseException:
                shutil.rmtree(building, ignore_errors=True)
                raise
            _sync_folder(releases)
        _point(releases, current, release_id)
    return release_id


def _write(building: Path, build: Path, manifest: dict) -> None:
    building.mkdir()
    shutil.copytree(build / "marts", building / "marts", ignore=shutil.ignore_patterns(".*"))
    shutil.copytree(build / "results", building / "results", ignore=shutil.ignore_patterns("parts", ".*"))
    _write_warehouse(building)
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (building / "manifest.json").write_text(text, encoding="utf-8")


def remove_leftovers(releases: Path) -> None:
    """Remove what a publish or a prune that died has left under a hidden name. The caller holds the lock."""
    for path in releases.glob(".*-*"):
        shutil.rmtree(path)


def _sync(folder: Path) -> None:
    """Force every file below a folder, and the folders that name them, to the disk."""
    for place, _, files in os.walk(folder):
        for name in files:
            with open(os.path.join(place, name), "rb") as file:
                os.fsync(file.fileno())
        _sync_folder(Path(place))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def switch(releases: Path, current: Path, release_id: str) -> None:
    """Point `current` at a release, atomically. Raises ReleaseError where there is no such release."""
    with exclusive(releases, "switching the release", wait_seconds=60):
        release_folder(releases, release_id)
        _point(releases, current, release_id)


def _point(releases: Path, current: Path, release_id: str) -> None:
    link = current.with_name(f".{current.name}.new")
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(releases / release_id, current.parent), target_is_directory=True)
    os.replace(link, current)
    _sync_folder(current.parent)


def release_folder(releases: Path, release_id: str) -> Path:
    """The folder of a release by its id or its number alone. Raises ReleaseError naming those that are there."""
    known = release_ids(releases)
    found = [
        name for name in known if release_id in (name, name.split("-")[0], name.split("-")[0].lstrip("0"))
    ]
    if not found:
        raise ReleaseError(f"no release {release_id!r}; there are: {', '.join(known) or 'none'}")
    return releases / found[0]


def release_ids(releases: Path) -> list[str]:
    """The releases that are there, oldest first."""
    return sorted(path.parent.name for path in releases.glob("[0-9]*/manifest.json"))


def read_manifest(release: Path) -> dict:
    """The manifest of a release folder. Raises ReleaseError where there is none."""
    path = release / "manifest.json"
    if not path.is_file():
        raise ReleaseError(f"no release at {release}: run `make run` first")
    return json.loads(path.read_text(encoding="utf-8"))


def versions() -> dict[str, str]:
    """Versions of the packages that numbers depend on."""
    return {name: metadata.version(name) for name in PINNED}


def _known_id(releases: Path, fingerprint: str) -> str | None:
    same = [i for i in release_ids(releases) if read_manifest(releases / i)["fingerprint"] == fingerprint]
    return same[-1] if same else None


def _next_number(releases: Path) -> int:
    return max((int(name.split("-")[0]) for name in release_ids(releases)), default=0) + 1


def _write_warehouse(release: Path) -> None:
    """The analysts' DuckDB file: marts, panels, quality and results as tables."""
    with duckdb.connect(str(release / "warehouse.duckdb")) as connection:
        for schema in (*SCHEMAS, "results"):
            connection.execute(f"create schema {schema}")
        for path in sorted(release.glob("marts/*/*.parquet")):
            connection.execute(f"create table {path.parent.name}.{path.stem} as from read_parquet('{path}')")
        for path in sorted(release.glob("results/*.parquet")):
            connection.execute(f"create table results.{path.stem} as from read_parquet('{path}')")
