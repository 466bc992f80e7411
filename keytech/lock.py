"""One at a time: a lock file per folder, held by a process and given back by the system when the process dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = ".lock"
EXIT_BUSY = 75  # EX_TEMPFAIL of sysexits.h: try again later
_held: dict[Path, int] = {}


class Busy(RuntimeError):
    """Another process works in the folder."""


@contextmanager
def exclusive(folder: Path, what: str, wait_seconds: float = 0) -> Iterator[None]:
    """Hold `folder` for this process while the block runs; a process that holds it may take it again.

    Waits up to `wait_seconds`, then raises Busy with a sentence that names the holder. `what` says who holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = (folder / FILE).resolve()
    if path in _held:
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    with path.open("a+") as file:
        _take(file, folder, time.monotonic() + wait_seconds)
        _held[path] = 1
        try:
            file.truncate(0)
            file.write(f"{what}, process {os.getpid()}")
            file.flush()
            yield
        finally:
            del _held[path]


def wait_seconds() -> float:
    """How long a run waits for another one: KEYTECH_WAIT, by default not at all."""
    return float(os.environ.get("KEYTECH_WAIT", "0"))


def _take(file, folder: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                file.seek(0)
                raise Busy(
                    f"another process works in {folder} ({file.read() or 'it has just begun'}). Nothing was started; "
                    "run again when it has ended, or set KEYTECH_WAIT=<seconds> to wait for it."
                ) from None
            time.sleep(0.1)
