"""Jobs."""

import dagster as dg

from dagster_defs.assets.dbt import warehouse
from dagster_defs.assets.landing import LANDING

everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    description="From raw files to a release: land, build, estimate, publish.",
    executor_def=dg.in_process_executor,
)

marts = dg.define_asset_job(
    "marts",
    selection=dg.AssetSelection.assets(*LANDING, warehouse),
    description="From raw files to checked marts and panels; nothing is estimated or published.",
    executor_def=dg.in_process_executor,
)

update = dg.define_asset_job(
    "update",
    selection=dg.AssetSelection.all(),
    description="What rests on changed raw files: started by the sensor with a selection.",
    executor_def=dg.in_process_executor,
)
