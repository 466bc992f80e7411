"""One line per finished step: what, how many rows, how many seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(file=sys.stdout, highlight=False, soft_wrap=True)


class Step:
    """A running step; `rows` and `note` are shown when it ends."""

    def __init__(self) -> None:
        self.rows: int | None = None
        self.note = ""


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Print `name`, rows, seconds and note when the block ends, or that it failed."""
    running, start = Step(), time.perf_counter()
    try:
        yield running
    except BaseException:
        console.print(f"[red]✗[/] {name:<44}{'':>12}  {time.perf_counter() - start:7.1f} s  failed")
        raise
    rows = "" if running.rows is None else f"{running.rows:,}"
    console.print(f"[green]✓[/] {name:<44}{rows:>12}  {time.perf_counter() - start:7.1f} s  {running.note}")
