"""`make why`: from a failing check to the file and row of the raw data, by the names of columns."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from keytech.quality.why import _test, _traces


@pytest.fixture
def places(tmp_path):
    """A warehouse of a staging view with raw rows, an intermediate table and a panel; and dbt's manifest of them."""
    warehouse = duckdb.connect()
    warehouse.execute("""
        create schema staging; create schema panels;
        create table staging.stg_years as
            select 'f.csv' as _file, i + 1 as _row, '60000' || i as stkcd, 2000 + i as year, case when i = 3 then null else i end as size
            from range(1, 6) as t (i);
        create table panels.pnl as select stkcd, year, 2 * size as double_size from staging.stg_years where year <> 2004;
    """)
    nodes = {
        "model.k.stg_years": {"name": "stg_years", "resource_type": "model"},
        "model.k.pnl": {"name": "pnl", "resource_type": "model"},
    }
    manifest = {"nodes": nodes, "parent_map": {"model.k.pnl": ["model.k.stg_years"], "model.k.stg_years": []}}
    return warehouse, manifest


class Here:
    dbt_target = Path()


def node(name: str, model: str, column: str | None, sql: str) -> dict:
    return {
        "name": name, "column_name": column, "attached_node": model, "depends_on": {"nodes": [model]},
        "compiled_code": sql, "path": f"{name}.sql",
    }  # fmt: skip


def test_a_null_in_staging_is_found_in_its_raw_row(places):
    """A failure means that someone has to look for the broken record by hand."""
    warehouse, manifest = places
    sql = "select size from staging.stg_years where size is null"
    found = _test(
        node("size_is_there", "model.k.stg_years", "size", sql), None, Here, manifest, warehouse, 20
    )
    assert found.total == 1
    assert found.traces[0].rows[["_file", "_row", "stkcd"]].values.tolist() == [["f.csv", 4, "600003"]]


def test_the_value_of_a_generic_test_leads_to_its_column(places):
    """A failure means that accepted_values and unique tests end at a value without a row."""
    warehouse, manifest = places
    sql = "select year as value_field, count(*) as n_records from staging.stg_years where year = 2005 group by 1"
    found = _test(
        node("year_is_known", "model.k.stg_years", "year", sql), None, Here, manifest, warehouse, 20
    )
    assert found.total == 1 and list(found.rows) == ["year", "n_records"]
    assert found.traces == (), "a year alone points at every row of the year"


def test_the_keys_of_a_panel_lead_to_the_raw_rows_below_it(places):
    """A failure means that a wrong panel row cannot be followed back."""
    warehouse, manifest = places
    rows = warehouse.execute("select stkcd, year from panels.pnl where year = 2002").df()
    (trace,) = _traces(rows, ["pnl"], manifest, warehouse, 20)
    assert (trace.table, trace.columns) == ("stg_years", ("stkcd", "year"))
    assert trace.rows[["_file", "_row"]].values.tolist() == [["f.csv", 3]]


def test_a_name_that_does_not_exist_gets_the_closest_ones(tmp_path, monkeypatch):
    """A failure means that a slip of the keyboard ends in a stack trace."""
    from keytech.project import Places
    from keytech.quality import why as module

    target, build = tmp_path / "target", tmp_path / "build"
    target.mkdir()
    build.mkdir()
    tests = {"test.k.t": {"name": "pnl_key_is_unique", "resource_type": "test"}}
    (target / "manifest.json").write_text(json.dumps({"nodes": tests, "sources": {}, "parent_map": {}}))
    duckdb.connect(str(build / "warehouse.duckdb")).close()
    monkeypatch.setenv("KEYTECH_TARGET", str(target))
    monkeypatch.setenv("KEYTECH_BUILD", str(build))
    monkeypatch.setattr(module, "all_expectations", lambda *a: [])
    with pytest.raises(module.UnknownCheck) as said:
        module.why("pnl_key_is_uniqe", Places(tmp_path))
    assert said.value.nearest == ["pnl_key_is_unique"]
