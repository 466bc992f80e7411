"""Landing assets: one per table of a source contract; files that have not changed are not read again."""

from __future__ import annotations

import dagster as dg

from dagster_defs.progress import step
from dagster_defs.resources import ROOT, Workplace
from keytech.landing.contracts import load_contracts
from keytech.landing.land import land_source
from keytech.origin import ensure_simulated

CONTRACTS = load_contracts(ROOT)
RAW = dg.AssetKey(["raw", "files"])


@dg.asset(key=RAW, group_name="landed", kinds={"python"})
def raw_files(workplace: Workplace) -> dg.MaterializeResult:
    """The files of data/raw, or the synthetic economy where data/raw holds no microdata."""
    origin = workplace.origin
    with step("raw files") as running:
        running.note = "licensed files under data/raw"
        if origin.name == "simulated":
            written = ensure_simulated(workplace.places)
            running.note = "synthetic economy written" if written else "synthetic economy as before"
    return dg.MaterializeResult(metadata={"data_origin": origin.name, "folder": str(origin.raw.name)})


def _landing_asset(source) -> dg.AssetsDefinition:
    specs = [
        dg.AssetSpec(
            ["landed", source.name, table.name], deps=[RAW], group_name="landed", kinds={"parquet"},
            description=f"{table.description}\n\n{table.label_zh}",
        )
        for table in source.tables
    ]  # fmt: skip

    @dg.multi_asset(name=f"land_{source.name}", specs=specs)
    def _land(workplace: Workplace):
        places = workplace.places
        raw = places.raw if source.name == "reference" else workplace.origin.raw
        with step(f"land {source.name}") as running:
            report = land_source(source.name, raw, places.landed, places.root)
            running.rows = report.rows_landed
            running.note = report.summary
        for table in source.tables:
            yield dg.MaterializeResult(asset_key=["landed", source.name, table.name])

    return _land
