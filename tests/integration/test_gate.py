"""A failing check of error severity keeps the estimates of that panel from running, also in a later separate run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.integration.conftest import ROOT, House

SELECTED = """
import sys, dagster as dg
from dagster_defs.definitions import defs
keys = [dg.AssetKey(path.split("/")) for path in sys.argv[1:]]
job = defs.resolve_implicit_global_asset_job_def()
result = job.execute_in_process(asset_selection=keys, raise_on_error=False, instance=dg.DagsterInstance.ephemeral())
for event in result.all_events:
    if event.is_step_failure:
        print(event.step_failure_data.error.message)
sys.exit(0 if result.success else 1)
"""


@pytest.fixture
def tampered(house, tmp_path) -> House:
    """A copy of the house in which one respondent stands twice in the landed survey with a contradicting city."""
    other = House(tmp_path)
    for folder in ("raw", "simulated", "landed", "build", "target", "dagster"):
        shutil.copytree(house.data / folder, other.data / folder)
    return other


def materialize(house: House, *keys: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", SELECTED, *keys], cwd=ROOT, env=house.environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_estimates_refuse_a_panel_whose_check_failed_in_an_earlier_run(tampered):
    """A failure means that a table can be estimated on data that are known to be bad."""
    test = "tests/dbt/singular/gate_probe.sql"
    probe = tampered.data / "probe"
    shutil.copytree(
        ROOT, probe, ignore=shutil.ignore_patterns(".venv", ".git", "data", "target", "logs", "__pycache__")
    )
    (probe / test).write_text(
        "{{ config(severity = 'error') }}\nselect 1 as bad from {{ ref('pnl_talent_retention') }} limit 1\n"
    )
    dbt = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "build", "--select", "pnl_talent_retention", "--target-path", str(tampered.data / "target"), "--profiles-dir", str(probe)],
        cwd=probe, env=tampered.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert dbt.returncode == 1 and "gate_probe" in dbt.stdout
    from keytech import audit

    audit.record(tampered.data / "target", tampered.data / "build")
    refused = materialize(tampered, "results/talent_retention/table_2")
    assert refused.returncode == 1 and "gate_probe" in refused.stdout, refused.stdout + refused.stderr
    untouched = materialize(tampered, "results/robot_upstream/table_2")
    assert untouched.returncode == 0, untouched.stdout + untouched.stderr


def test_the_panel_itself_is_still_there(tampered):
    """A failure means that the gate test proves nothing because the panel is gone."""
    with duckdb.connect(str(tampered.data / "build" / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from panels.pnl_talent_retention").fetchone()[0] > 700
