"""Whether a release can be made again: rebuilt from its manifest in a scratch folder and compared byte by byte."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from keytech.fingerprint import code_checksums, digest, file_sha256
from keytech.project import Places
from keytech.release import ReleaseError, read_manifest, versions

CLOCK = {"runs": ["seconds"]}  # columns of results that hold a time and differ from run to run
LATER = {"git_commit", "release_id", "code_changed_during_run"}  # manifest entries that need not be the same


@dataclass(frozen=True)
class Verdict:
    """`missing`: why the release cannot be rebuilt here (then nothing was); `same`: files compared and equal;
    `different`: files that came out otherwise, each with what is known about it."""

    missing: tuple[str, ...]
    same: int
    different: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.missing and not self.different


def verify(
    release: Path, places: Places, scratch: Path, say: Callable[[str], None] = lambda line: None
) -> Verdict:
    """Rebuild a release from raw files, code, versions and seed as its manifest says, in `scratch`, and compare.

    Compared are the Parquet files of marts, results (the seconds of an estimate apart), the descriptor, catalog, manifest
    and site. Raises ReleaseError where the rebuild itself fails; its log is `scratch/run.log`.
    """
    manifest = read_manifest(release)
    code, missing = _code(manifest, places, scratch)
    missing += list(_other_versions(manifest)) + list(_raw_missing(manifest, places))
    baseline = manifest.get("baseline")
    if baseline and not (places.releases / baseline / "manifest.json").is_file():
        missing.append(f"release {baseline}, which its drift and history are compared with, is gone")
    if code is None or missing:
        return Verdict(tuple(missing), 0, ())
    say("raw files, code and versions are those of the manifest; rebuilding")
    rebuilt = _rebuild(manifest, places, code, scratch)
    same, different = compare(release, rebuilt)
    return Verdict((), same, tuple(different))


def compare(old: Path, new: Path) -> tuple[int, list[str]]:
    """How many files of two releases are the same, and what is different about each of the others."""
    said = {name: _compare(name, old / name, new / name) for name in sorted(_files(old) | _files(new))}
    different = [f"{name}: {why}" for name, why in said.items() if why is not None]
    return len(said) - len(different), different


def _code(manifest: dict, places: Places, scratch: Path) -> tuple[Path | None, list[str]]:
    """A folder with the code of the release: this project where nothing has changed, else the commit unpacked."""
    if manifest.get("code_changed_during_run"):
        return None, ["code changed while the release was made: no commit holds what it was made from"]
    wanted = manifest.get("code_sha256")
    if wanted is None:
        return None, ["the manifest does not say which code made it (made by an earlier version of keytech)"]
    if digest(code_checksums(places.root)) == wanted:
        return places.root, []
    commit = (manifest["git_commit"] or "").removesuffix("+changes")
    packed = subprocess.run(["git", "archive", commit], cwd=places.root, capture_output=True, check=False)
    if not commit or packed.returncode:
        return None, [f"commit {commit or '(none)'} of the release is not in this repository"]
    folder = scratch / "code"
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    if digest(code_checksums(folder)) != wanted:
        return None, [
            f"commit {commit[:12]} is not the code of the release: files were changed and not committed"
        ]
    return folder, []


def _other_versions(manifest: dict) -> Iterator[str]:
    here = versions()
    for name, wanted in sorted(manifest["versions"].items()):
        if here.get(name) != wanted:
            yield f"{name} {wanted} made the release, {here.get(name, 'none')} is installed"


def _raw_missing(manifest: dict, places: Places) -> Iterator[str]:
    """Raw files of the manifest that are not there or changed; simulated ones are made anew from the seed."""
    for path, wanted in sorted(manifest["raw_files"].items()):
        if manifest["data_origin"] == "simulated" and not path.startswith("reference/"):
            continue
        place = places.raw / path
        if not place.is_file():
            yield f"raw file {path} is missing"
        elif file_sha256(place) != wanted:
            yield f"raw file {path} has changed"


def _rebuild(manifest: dict, places: Places, code: Path, scratch: Path) -> Path:
    data = scratch / "data"
    for path in manifest["raw_files"]:
        if manifest["data_origin"] == "licensed" or path.startswith("reference/"):
            (data / "raw" / path).parent.mkdir(parents=True, exist_ok=True)
            (data / "raw" / path).symlink_to((places.raw / path).resolve())
    (data / "raw").mkdir(parents=True, exist_ok=True)
    _earlier_releases(manifest, places, data)
    folders = {
        "KEYTECH_RAW": "raw", "KEYTECH_SIMULATED": "simulated", "KEYTECH_LANDED": "landed", "KEYTECH_BUILD": "build",
        "KEYTECH_RELEASES": "releases", "KEYTECH_TARGET": "target", "DAGSTER_HOME": "dagster", "DBT_LOG_PATH": "logs",
    }  # fmt: skip
    here = {name: str(data / folder) for name, folder in folders.items()}
    (data / "dagster").mkdir(exist_ok=True)
    shutil.copy(code / "dagster_defs" / "dagster.yaml", data / "dagster")
    here |= {"DBT_PROFILES_DIR": str(code), "KEYTECH_PROJECT": str(code), "PYTHONPATH": str(code)}
    with (scratch / "run.log").open("w") as log:
        done = subprocess.run(
            [sys.executable, "-m", "dagster_defs.run"],
            cwd=code,
            env=os.environ | here,
            stdout=log,
            stderr=log,
            check=False,
        )
    if done.returncode:
        raise ReleaseError(
            f"the rebuild failed (exit code {done.returncode}); {scratch / 'run.log'} says why"
        )
    return (data / "current").resolve()


def _earlier_releases(manifest: dict, places: Places, data: Path) -> None:
    """The release that readers had, as `current`, and a name that makes the next number the wanted one."""
    releases, before = data / "releases", int(manifest["release_id"].split("-")[0]) - 1
    releases.mkdir(parents=True)
    if baseline := manifest.get("baseline"):
        (releases / baseline).symlink_to((places.releases / baseline).resolve())
        (data / "current").symlink_to((releases / baseline).resolve())
    if before and not list(releases.glob(f"{before:04d}-*")):
        (releases / f"{before:04d}-before").mkdir()
        (releases / f"{before:04d}-before" / "manifest.json").write_text('{"fingerprint": ""}')


def _files(release: Path) -> set[str]:
    """What is compared: the DuckDB file holds the same tables as the Parquet files, in blocks that depend on threads."""
    found = {p.relative_to(release).as_posix() for p in release.rglob("*") if p.is_file()}
    return found - {"warehouse.duckdb"}


def _compare(name: str, old: Path, new: Path) -> str | None:
    """Why two files of a release differ; None where they do not."""
    if not old.is_file() or not new.is_file():
        return "only in the rebuilt release" if new.is_file() else "only in the release"
    if file_sha256(old) == file_sha256(new):
        return None
    if name == "manifest.json":
        a, b = (json.loads(p.read_text(encoding="utf-8")) for p in (old, new))
        keys = sorted(k for k in a.keys() | b.keys() if a.get(k) != b.get(k) and k not in LATER)
        return f"entries {', '.join(keys)} differ" if keys else None
    if name == "datapackage.json":
        return None if _timeless(old) == _timeless(new) else "tables or columns differ"
    if name.startswith("results/"):
        return _compare_results(old, new)
    rows = [pq.read_metadata(p).num_rows for p in (old, new)] if old.suffix == ".parquet" else None
    return f"other bytes ({rows[0]} and {rows[1]} rows)" if rows else "other bytes"


def _compare_results(old: Path, new: Path) -> str | None:
    clock = CLOCK.get(old.stem, [])
    a, b = (pd.read_parquet(p).drop(columns=clock) for p in (old, new))
    return None if a.equals(b) else f"other numbers ({len(a)} and {len(b)} rows)"


def _timeless(path: Path) -> str:
    """The descriptor without its name and without size and checksum of files that hold seconds."""
    package = json.loads(path.read_text(encoding="utf-8"))
    package["name"] = package["title"] = ""
    for resource in package["resources"]:
        if resource["table"].removeprefix("results.") in CLOCK:
            resource["hash"] = resource["bytes"] = None
    return json.dumps(package, sort_keys=True)
