"""A toy build and its releases: enough to publish, compare, prune and read in milliseconds."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pandas as pd

from keytech.descriptor import describe
from keytech.release import export_marts, publish

COLUMNS = [
    {"name": "id", "en": "Number", "zh": "编号", "unit": None},
    {"name": "name", "en": "Name", "zh": "名称", "unit": None},
    {"name": "size", "en": "Size", "zh": "规模", "unit": "cny"},
]
KEYS = {"fct_toy": ["id"]}


def build(folder: Path, rows: str = "select range as id, 'a' || range as name, range / 2 as size from range(10)",
          estimate: float = 1.0) -> Path:  # fmt: skip
    """A build folder with one mart of `rows` and one estimate with a standard error of 0.5."""
    (folder / "results").mkdir(parents=True, exist_ok=True)
    (folder / "warehouse.duckdb").unlink(missing_ok=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        for schema in ("marts", "panels", "quality"):
            connection.execute(f"create schema {schema}")
        connection.execute(f"create table marts.fct_toy as {rows}")
    place = {"study": ["s"], "table_id": ["1"], "column_id": ["1"], "outcome": ["y"], "term": ["x"]}
    numbers = {"estimate": [estimate], "std_error": [0.5], "stars": ["*"]}
    pd.DataFrame(place | numbers).to_parquet(folder / "results" / "estimates.parquet")
    export_marts(folder / "warehouse.duckdb", folder / "marts")
    return folder


def finish(folder: Path) -> None:
    """Catalog, descriptor and a page, as the last asset writes them."""
    columns = [{"data_type": "varchar", "aliases": []} | column for column in COLUMNS]
    node = {"name": "fct_toy", "layer": "core", "en": "One row per toy.", "zh": "玩具", "columns": columns,
            "privacy": None, "parents": [], "carried": [], "rows": 10, "path": ""}  # fmt: skip
    (folder / "catalog.json").write_text(json.dumps({"nodes": [node], "checks": []}), encoding="utf-8")
    describe(folder, KEYS)
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text("<p>toy</p>", encoding="utf-8")


def manifest(build_folder: Path, fingerprint: str, **more: object) -> dict:
    """A manifest as the last asset writes it."""
    from keytech.release import exported_marts

    marts = [vars(mart) for mart in exported_marts(build_folder / "marts")]
    return {
        "fingerprint": fingerprint, "data_origin": "licensed", "git_commit": "c0ffee", "raw_files": {"toy/a.csv": "1"},
        "requirements_lock_sha256": "f" * 64, "versions": {"duckdb": duckdb.__version__}, "marts": marts,
        "results": {"estimates": 1}, "checks": {"test pass": 1}, "dbt_vars": {}, "simulation": None,
        "code_sha256": "0" * 64,
    } | more  # fmt: skip


def make(
    project: Path, fingerprint: str, *, rows: str | None = None, estimate: float = 1.0, **more: object
) -> str:
    """Build and publish a release of the project; returns its id."""
    folder = project / "data" / "build"
    build(folder, *([rows] if rows else []), estimate=estimate)
    return publish(
        project / "data" / "releases", project / "data" / "current", build=folder,
        manifest=manifest(folder, fingerprint, **more), finish=finish,
    )  # fmt: skip
