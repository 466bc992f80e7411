"""The relations that border checks read, as views over the files on disk, and a stamp that tells when they have changed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from keytech.fingerprint import file_sha256


@dataclass(frozen=True)
class Files:
    """Where relations lie: `source.table` in the landed folder, panels and `quality.dq_*` among the written marts."""

    landed: Path
    marts: Path

    def pattern(self, relation: str) -> str:
        """The Parquet files of a relation."""
        if relation in {"landing.files", "landing.rejects"}:
            return str(self.landed / f"{relation.split('.')[1]}.parquet")
        schema, _, name = relation.rpartition(".")
        if not schema or schema == "quality":
            return str(self.marts / (schema or "panels") / f"{name}.parquet")
        return str(self.landed / schema / name / "*.parquet")

    def stamp(self, relation: str) -> str:
        """Changes when the relation's files change: checksums of written marts, name, size and time of landed files."""
        pattern = Path(self.pattern(relation))
        paths = sorted(pattern.parent.glob(pattern.name))
        if "." in relation and not relation.startswith(("quality.", "landing.")):
            return " ".join(f"{p.name}:{p.stat().st_size}:{p.stat().st_mtime_ns}" for p in paths)
        return " ".join(f"{p.name}:{file_sha256(p)}" for p in paths)


def connect(files: Files, relations: Iterable[str]) -> duckdb.DuckDBPyConnection:
    """A connection that sees each relation under its own name; one without files is not there."""
    config = {
        "threads": int(os.environ.get("KEYTECH_THREADS", "2")),
        "memory_limit": os.environ.get("KEYTECH_MEMORY", "4GB"),
        "temp_directory": str(files.marts.parent / "spill_borders"),
    }
    connection = duckdb.connect(config=config)
    for relation in sorted(set(relations)):
        pattern = files.pattern(relation)
        if not list(Path(pattern).parent.glob(Path(pattern).name)):
            continue
        schema = relation.rpartition(".")[0]
        if schema:
            connection.execute(f'create schema if not exists "{schema}"')
        connection.execute(f"create view {relation} as from read_parquet('{pattern}', union_by_name = true)")
    return connection
