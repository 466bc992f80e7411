"""The catalog of a release: from dbt's manifest and the built warehouse, once."""

import json

import duckdb
import pytest

from keytech.report import catalog


@pytest.fixture
def made(tmp_path):
    release, target, build = (tmp_path / n for n in ("release", "target", "build"))
    for folder in (release, target, build):
        folder.mkdir()
    with duckdb.connect(str(build / "warehouse.duckdb")) as connection:
        connection.execute("create schema staging; create schema panels")
        connection.execute("create view staging.stg_a as select 1 as x")
        connection.execute("create table panels.pnl_a as select range as x from range(12)")

    def entry(kind, name, schema, path, parents=(), **more):
        return {"resource_type": kind, "name": name, "schema": schema, "path": path, "original_file_path": path,
                "description": "One row per x.", "config": {"meta": {"label_zh": "表"}}, "language": "sql",
                "columns": {"x": {"name": "x", "description": "An x", "data_type": "BIGINT",
                                  "config": {"meta": {"label_zh": "某", "unit": "count"}}}},
                "depends_on": {"nodes": list(parents)}} | more  # fmt: skip

    source = entry(
        "source", "t", "a", "models/staging/a/_a__sources.yml", source_name="a", source_meta={"label_en": "A"}
    )
    source["config"]["meta"]["privacy"] = "licensed"
    code = {"compiled_code": "select x from read_parquet('landed/a/t/*.parquet')"}
    nodes = {
        "model.k.stg_a": entry("model", "stg_a", "staging", "staging/a/stg_a.sql", ["source.k.a.t"], **code),
        "model.k.pnl_a": entry("model", "pnl_a", "panels", "marts/panels/pnl_a.sql", ["model.k.stg_a"],
                               compiled_code='select x from "warehouse"."staging"."stg_a"'),
        "test.k.x": {"resource_type": "test", "name": "x_is_unique", "config": {"meta": {}}, "description": ""},
    }  # fmt: skip
    (target / "manifest.json").write_text(json.dumps({"nodes": nodes, "sources": {"source.k.a.t": source}}))
    check = {
        "name": "x_is_unique",
        "kind": "test",
        "severity": "error",
        "status": "pass",
        "failures": 0,
        "message": "",
        "models": ["pnl_a"],
    }
    (build / "audit.json").write_text(json.dumps([check]))
    catalog.snapshot(release, target, build)
    return release, target, build


def test_tables_carry_layer_rows_parents_and_meaning(made):
    """A failure means that lineage or dictionary are wrong."""
    known = catalog.read(made[0])
    panel = known.nodes["pnl_a"]
    assert (panel.layer, panel.rows, panel.parents, panel.carried) == ("panels", 12, ("stg_a",), ("x",))
    assert (panel.columns[0].zh, panel.columns[0].unit, panel.columns[0].data_type) == (
        "某",
        "count",
        "bigint",
    )
    assert known.sources_of("pnl_a") == ["a.t"]
    assert [c.name for c in known.checks] == ["x_is_unique"]


def test_a_panel_is_as_private_as_the_strictest_source_below_it(made):
    """A failure means that small counts of a licensed source are shown."""
    assert catalog.read(made[0]).privacy_of("pnl_a") == "licensed"


def test_a_column_is_followed_to_the_raw_column(made):
    """A failure means that a coefficient does not lead to raw data."""
    assert catalog.read(made[0]).raw_of("pnl_a", "x") == {"a.t": {"x"}}


def test_a_release_keeps_its_catalog(made):
    """A failure means that the site of an old release changes with the checkout."""
    release, target, build = made
    before = (release / "catalog.json").read_bytes()
    (target / "manifest.json").write_text('{"nodes": {}, "sources": {}}')
    catalog.snapshot(release, target, build)
    assert (release / "catalog.json").read_bytes() == before
