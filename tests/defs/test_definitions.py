"""The Dagster graph: complete, and changed only on purpose."""

from __future__ import annotations

import pytest

from tests.defs.graph import SNAPSHOT, graph_text

pytestmark = pytest.mark.xdist_group("dbt-parse")


@pytest.fixture(scope="module")
def definitions():
    from dagster_defs.definitions import defs

    return defs


def test_the_graph_is_the_one_in_the_snapshot():
    """A failure means that an asset, a dependency, the job, schedule or sensor changed; if wanted: python -m tests.defs.graph."""
    assert graph_text() == SNAPSHOT.read_text(encoding="utf-8")


def test_every_declared_table_is_an_asset_that_rests_on_its_panels(definitions):
    """A failure means that a table of the YAML is not estimated by the job, or before its panel is built."""
    from dagster_defs.assets.estimates import STUDIES, table_key

    graph = definitions.resolve_asset_graph()
    for study in STUDIES:
        for table in study.tables:
            parents = {key.path[-1] for key in graph.get(table_key(study, table)).parent_keys}
            assert parents == set().union(*(study.panels_of(column) for column in table.columns))


def test_every_dbt_data_test_is_an_asset_check(definitions):
    """A failure means that a test of the warehouse is invisible to whoever watches Dagster."""
    import json

    from dagster_defs.resources import ROOT, ensure_manifest

    nodes = json.loads(ensure_manifest(ROOT).read_text())["nodes"].values()
    tests = {n["name"] for n in nodes if n["resource_type"] == "test"}
    checks = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    assert tests <= checks, sorted(tests - checks)[:10]


def test_every_border_check_is_an_asset_check_and_a_panel_waits_for_its_own(definitions):
    """A failure means that a border check is invisible in Dagster, or that a panel is estimated before it is checked."""
    from dagster_defs.assets.borders import EXPECTATIONS, asset_key

    graph = definitions.resolve_asset_graph()
    shown = {(key.asset_key, key.name): key for key in graph.asset_check_keys}
    for expectation in EXPECTATIONS:
        key = shown[(asset_key(expectation), expectation.name)]
        waits = expectation.border == "panels" and expectation.severity == "error"
        assert graph.get(key).blocking == waits
    landed = {e.table for e in EXPECTATIONS if e.border == "landed"}
    assert {"patents.applications", "customs.transactions", "sfrc.responses"} <= landed


def test_the_job_ends_in_the_release(definitions):
    """A failure means that a run can finish without publishing, or publish before everything is done."""
    graph = definitions.resolve_asset_graph()
    release = next(k for k in graph.get_all_asset_keys() if k.path == ["release", "current"])
    assert not graph.get(release).child_keys
    job = definitions.resolve_job_def("everything")
    assert job.asset_layer.asset_graph.has(release)
