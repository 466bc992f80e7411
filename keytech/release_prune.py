"""Removing old releases: never the current one, never one that is being read."""

from __future__ import annotations

import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from keytech.lock import exclusive
from keytech.release import release_ids, remove_leftovers


@dataclass(frozen=True)
class Pruned:
    """Ids of the releases that went and of those that stay, these with the reason."""

    removed: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]


def prune(releases: Path, current: Path, keep: int, *, rehearse: bool = False) -> Pruned:
    """Keep the newest `keep` releases, the current one and those that readers hold; remove the others.

    A release is renamed to a hidden name first and then deleted, so it is there in full or not at all; what a process
    that died has left of it is removed by the next publish or prune. `rehearse` removes nothing.
    Raises ValueError for `keep` under one, Busy where another process changes the releases for a minute.
    """
    if keep < 1:
        raise ValueError("keep at least one release")
    with exclusive(releases, "pruning releases", wait_seconds=60):
        remove_leftovers(releases)
        known = release_ids(releases)
        reasons = {name: _reason(releases / name, current, name in known[-keep:], keep) for name in known}
        gone = [name for name in known if not reasons[name]]
        for name in [] if rehearse else gone:
            hidden = releases / f".removing-{name}"
            os.replace(releases / name, hidden)
            shutil.rmtree(hidden)
    return Pruned(tuple(gone), tuple((name, said) for name, said in reasons.items() if said))


def _reason(folder: Path, current: Path, newest: bool, keep: int) -> str:
    if current.exists() and current.resolve() == folder.resolve():
        return "it is data/current"
    if newest:
        return f"one of the newest {keep}"
    return "it is being read" if is_held(folder) else ""


def is_held(folder: Path) -> bool:
    """Whether any process has the release open through keytech.open_release, or its DuckDB file through any client.

    keytech's readers hold a shared lock on manifest.json; DuckDB itself locks a file that it reads.
    """
    return _locked(folder / "manifest.json", fcntl.flock) or _locked(folder / "warehouse.duckdb", fcntl.lockf)


def _locked(path: Path, lock) -> bool:
    if not path.is_file():
        return False
    with path.open("rb+") as file:
        try:
            lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return True
    return False
