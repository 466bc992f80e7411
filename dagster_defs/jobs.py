"""Jobs."""

import dagster as dg

everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    description="From raw files to a release: land, build, estimate, publish.",
    executor_def=dg.in_process_executor,
)
