"""Border checks in Dagster: what fails stops what is downstream, now and later; private counts stay private."""

from __future__ import annotations

import duckdb
import pytest

from keytech import audit
from keytech.quality.results import unanswered

pytestmark = pytest.mark.xdist_group("dbt-parse")


@pytest.fixture(scope="module")
def definitions():
    from dagster_defs.definitions import defs

    return defs


def run_check(definitions, name: str):
    import dagster as dg

    from dagster_defs.assets.borders import EXPECTATIONS, asset_key

    expectation = next(e for e in EXPECTATIONS if e.name == name)
    job = definitions.resolve_implicit_global_asset_job_def()
    chosen = job.get_subset(
        asset_selection=set(), asset_check_selection={dg.AssetCheckKey(asset_key(expectation), name)}
    )
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    result = chosen.execute_in_process(
        raise_on_error=False, instance=dg.DagsterInstance.ephemeral(), run_config=quiet
    )
    return result, result.get_asset_check_evaluations()


def write_shares(build, factor: float) -> None:
    folder = build / "marts" / "panels"
    folder.mkdir(parents=True, exist_ok=True)
    duckdb.sql(
        f"select i::varchar as city_code, 2001 as year, {factor} * 0.25 as robot from range(4) as t (i)"
    ).write_parquet(str(folder / "pnl_robot_city.parquet"))


def test_a_failing_panel_file_fails_the_run_and_blocks_its_estimates_until_it_passes(
    definitions, tmp_path, monkeypatch
):
    """A failure means that a wrong panel is estimated, in this run or in a later one."""
    from dagster_defs.resources import ROOT, ensure_manifest

    target = ensure_manifest(ROOT).parent
    monkeypatch.setenv("KEYTECH_BUILD", str(tmp_path))
    write_shares(tmp_path, 2.0)
    result, (evaluation,) = run_check(definitions, "city_robot_shares_add_to_one")
    assert not result.success and not evaluation.passed and evaluation.blocking
    assert evaluation.metadata["failing_rate"].value == 1.0
    with pytest.raises(audit.BlockedPanel, match="city_robot_shares_add_to_one"):
        audit.refuse_if_blocked("pnl_robot_city", tmp_path, target)
    with pytest.raises(audit.BlockedRelease):
        audit.refuse_release_if_blocked(tmp_path)
    audit.refuse_if_blocked("pnl_talent_retention", tmp_path, target)
    write_shares(tmp_path, 1.0)
    result, (evaluation,) = run_check(definitions, "city_robot_shares_add_to_one")
    assert result.success and evaluation.passed
    audit.refuse_if_blocked("pnl_robot_city", tmp_path, target)


def test_a_panel_that_changed_since_its_last_check_is_refused(tmp_path, monkeypatch):
    """A failure means that a panel built and not checked can be estimated by starting the estimates alone."""
    from dagster_defs.assets import borders
    from dagster_defs.resources import ROOT
    from keytech.project import Places

    monkeypatch.setenv("KEYTECH_BUILD", str(tmp_path))
    shares = [e for e in borders.EXPECTATIONS if e.name == "city_robot_shares_add_to_one"]
    monkeypatch.setattr(borders, "EXPECTATIONS", shares)
    write_shares(tmp_path, 1.0)
    with pytest.raises(audit.BlockedPanel, match="changed since its last border check"):
        borders.refuse_if_unchecked("pnl_robot_city", Places(ROOT))
    borders._check(shares, Places(ROOT))
    borders.refuse_if_unchecked("pnl_robot_city", Places(ROOT))
    write_shares(tmp_path, 0.5)
    with pytest.raises(audit.BlockedPanel):
        borders.refuse_if_unchecked("pnl_robot_city", Places(ROOT))


def test_a_small_count_of_a_licensed_source_is_not_a_number_in_dagster(definitions):
    """A failure means that metadata tell how few rows of a licensed file are odd."""
    from dagster_defs.assets.borders import _figures
    from keytech.quality.borders import Outcome

    outcome = Outcome("n", "t", "error", "fail", 1000, 3, "", "")
    assert _figures(outcome, protect=True) == {"status": "fail", "checked": 1000, "failing": "fewer than ten"}
    assert _figures(outcome, protect=False)["failing"] == 3


def test_every_warning_has_owner_reasons_and_a_date(definitions):
    """A failure means that a test of warn severity lacks owner, reason_en, reason_zh or accepted_until under config.meta."""
    from dagster_defs.assets.borders import EXPECTATIONS
    from dagster_defs.resources import ROOT, ensure_manifest

    assert unanswered(ensure_manifest(ROOT).parent) == []
    assert all(e.answer for e in EXPECTATIONS if e.severity == "warn")
