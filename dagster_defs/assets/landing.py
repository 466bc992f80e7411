"""Landing assets: one per table of a source contract; files that have not changed are not read again."""

import dagster as dg

from dagster_defs.progress import console, step
from dagster_defs.resources import ROOT, Workplace
from dagster_defs.shown import DAILY, contract_schema, owners
from dagster_defs.transient import faults
from keytech import inputs
from keytech.landing import LandingReport, Source, land_source, load_contracts
from keytech.origin import ensure_simulated

CONTRACTS = load_contracts(ROOT)
RAW = dg.AssetKey(["raw", "files"])


@dg.asset(key=RAW, group_name="landed", kinds={"python", "file"}, owners=owners("landed", {}))
def raw_files(workplace: Workplace) -> dg.MaterializeResult:
    """The files of data/raw, or the synthetic economy where data/raw holds no microdata; what the run is made from is noted."""
    origin = workplace.origin
    with step("raw files") as running, faults():
        running.note = "licensed files under data/raw"
        if origin.name == "simulated":
            written = ensure_simulated(workplace.places)
            running.note = "synthetic economy written" if written else "synthetic economy as before"
        found = inputs.note(workplace.places, origin)
    return dg.MaterializeResult(
        metadata={"data_origin": origin.name, "files": len(found.raw), "fingerprint": found.fingerprint}
    )


def _landing_asset(source: Source) -> dg.AssetsDefinition:
    specs = [
        dg.AssetSpec(
            ["landed", source.name, table.name], deps=[RAW], group_name="landed", kinds={"parquet"},
            description=f"{table.description}\n\n{table.label_zh}", owners=owners("landed", {}),
            metadata={"dagster/column_schema": contract_schema(table), "privacy": table.privacy, "provider": source.provider_en},
            tags={"keytech/privacy": table.privacy}, freshness_policy=DAILY,
        )
        for table in source.tables
    ]  # fmt: skip

    @dg.multi_asset(name=f"land_{source.name}", specs=specs)
    def _land(workplace: Workplace):
        places = workplace.places
        raw = places.raw if source.name == "reference" else workplace.origin.raw
        with step(f"land {source.name}") as running, faults():
            report = land_source(source.name, raw, places.landed, places.root)
            running.rows, running.note = _rows(report), _note(report)
        for warning in report.warnings:
            console.print(f"  [yellow]warn[/] {warning}")
        for table in source.tables:
            files = [o.record for o in report.files if o.record.table_name == table.name]
            yield dg.MaterializeResult(asset_key=["landed", source.name, table.name], metadata=_counts(files))

    return _land


def _rows(report: LandingReport) -> int:
    return sum(outcome.record.rows_landed for outcome in report.files)


def _note(report: LandingReport) -> str:
    files, fresh = len(report.files), sum(outcome.action == "landed" for outcome in report.files)
    rejected = sum(outcome.record.rows_rejected for outcome in report.files)
    if not files:
        return "no files"
    said = f"{files} files, " + (f"{fresh} new" if fresh else "unchanged")
    return said + (f", {rejected:,} rows rejected" if rejected else "")


def _counts(files: list) -> dict[str, int]:
    names = ("rows_read", "rows_landed", "rows_rejected")
    counts = {name: sum(getattr(f, name) for f in files) for name in names}
    return counts | {"dagster/row_count": counts["rows_landed"], "files": len(files)}


@dg.multi_asset(
    name="landing_manifests",
    specs=[
        dg.AssetSpec(["landed", "landing", name], group_name="landed", kinds={"parquet"}, owners=owners("landed", {}), deps=[
            dg.AssetKey(["landed", source.name, table.name]) for source in CONTRACTS for table in source.tables
        ])
        for name in ("files", "rejects")
    ],
)  # fmt: skip
def landing_manifests():
    """The list of landed files and the list of rejected rows, complete once every source has landed."""
    for name in ("files", "rejects"):
        yield dg.MaterializeResult(asset_key=["landed", "landing", name])


LANDING = [raw_files, *(_landing_asset(source) for source in CONTRACTS), landing_manifests]
