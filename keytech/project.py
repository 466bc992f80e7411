"""Where things are: the project root and the folders of a run, from the environment or their defaults."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


class ProjectNotFound(FileNotFoundError):
    """No dbt_project.yml here or above."""


def find_root(start: Path | None = None) -> Path:
    """The folder that holds dbt_project.yml: KEYTECH_PROJECT, or the first one found upwards from `start`."""
    if named := os.environ.get("KEYTECH_PROJECT"):
        return Path(named).resolve()
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise ProjectNotFound(
        f"no dbt_project.yml in {here} or above; run inside the checkout or set KEYTECH_PROJECT"
    )


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
