"""Everything that Dagster runs: landing, dbt, estimates, release; a job, a schedule and a sensor."""

from __future__ import annotations

import dagster as dg

from dagster_defs.assets.borders import borders
from dagster_defs.assets.dbt import warehouse
from dagster_defs.assets.estimates import estimates, results_store
from dagster_defs.assets.landing import LANDING
from dagster_defs.assets.release import release
from dagster_defs.jobs import everything, marts, update
from dagster_defs.resources import resources
from dagster_defs.schedules import daily
from dagster_defs.sensors import raw_files_changed, run_failed

defs = dg.Definitions(
    assets=[*LANDING, warehouse, estimates, results_store, release],
    asset_checks=[borders],
    jobs=[everything, marts, update],
    schedules=[daily],
    sensors=[raw_files_changed, run_failed],
    resources=resources(),
    executor=dg.in_process_executor,
)
