"""Where things are: the project root and the folders of a run, from the environment or their defaults."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from keytech.landing import find_root


@dataclass(frozen=True)
class Places:
    """Folders of one run. Everything below `data` is rebuilt by a run except `raw` and `releases`."""

    root: Path

    def _place(self, variable: str, default: str) -> Path:
        return self.root / os.environ.get(variable, default)

    @property
    def raw(self) -> Path:
        return self._place("KEYTECH_RAW", "data/raw")

    @property
    def simulated(self) -> Path:
        return self._place("KEYTECH_SIMULATED", "data/simulated")

    @property
    def landed(self) -> Path:
        return self._place("KEYTECH_LANDED", "data/landed")

    @property
    def build(self) -> Path:
        return self._place("KEYTECH_BUILD", "data/build")

    @property
    def releases(self) -> Path:
        return self._place("KEYTECH_RELEASES", "data/releases")

    @property
    def current(self) -> Path:
        return self.releases.parent / "current"

    @property
    def dbt_target(self) -> Path:
        return self._place("KEYTECH_TARGET", "target")

    @property
    def warehouse(self) -> Path:
        return self.build / "warehouse.duckdb"

    @property
    def studies(self) -> Path:
        return self.root / "analyses" / "studies"


def places(start: Path | None = None) -> Places:
    """The folders of the project found from `start`."""
    return Places(find_root(start))
