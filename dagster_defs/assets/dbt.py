"""The dbt project: one asset per seed and model, every data test a check; marts are written as Parquet too."""

import os
from collections.abc import Iterator
from contextlib import redirect_stdout

import dagster as dg
import duckdb
from dagster_dbt import DbtCliInvocation, DbtCliResource, dbt_assets

from dagster_defs.assets.borders import landed_files_checked
from dagster_defs.progress import console, step
from dagster_defs.resources import ROOT, Workplace, ensure_manifest
from dagster_defs.transient import FULL, SECONDS, TRIES, faults
from dagster_defs.translator import WarehouseTranslator, sources_built_by
from keytech import audit, inputs
from keytech.landing.errors import says_disk_full
from keytech.privacy import redacted
from keytech.project import Places
from keytech.release import export_marts

TRANSLATOR = WarehouseTranslator()
HELD = "Could not set lock on file"


@dbt_assets(
    manifest=ensure_manifest(ROOT),
    dagster_dbt_translator=TRANSLATOR,
    exclude="resource_type:unit_test",
    pool="duckdb",
    name="warehouse",
)
def warehouse(context: dg.AssetExecutionContext, dbt: DbtCliResource, workplace: Workplace):
    """`dbt build`, then the audit record and the Parquet copies of marts, panels and quality tables."""
    places = workplace.places
    (places.build / "spill").mkdir(parents=True, exist_ok=True)
    (places.dbt_target / "run_results.json").unlink(missing_ok=True)
    with faults():
        compared_with = inputs.noted(places).baseline
    os.environ["KEYTECH_BASELINE"] = str(places.releases / compared_with) if compared_with else ""
    inputs.begin_build(places)
    with faults(), step("dbt build") as running, landed_files_checked(places):
        call = dbt.cli(
            ["build"],
            context=context, manifest=ensure_manifest(ROOT), dagster_dbt_translator=TRANSLATOR,
            target_path=places.dbt_target, raise_on_error=False,
        )  # fmt: skip
        with (places.build / "dbt.log").open("w") as log, redirect_stdout(log):
            events = list(call.stream())
        _refuse_unstarted(places)
        checks = audit.record(places.dbt_target, places.build)
        running.note = _summary(checks)
    with faults(), step("write marts as Parquet") as running:
        running.rows = sum(mart.rows for mart in export_marts(places.warehouse, places.build / "marts"))
    inputs.end_build(places)
    yield from _counted(events, places)
    _say_failures(checks)
    _refuse_failed(call, checks)
    with faults():
        inputs.built(places, sources_built_by(context.selected_asset_keys), whole=not context.is_subset)


def _counted(events: list, places: Places) -> Iterator:
    """dbt's events, those of tables with the number of rows."""
    with duckdb.connect(str(places.warehouse), read_only=True) as connection:
        found = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        tables = {f"{schema}__{name}": f'{schema}."{name}"' for schema, name in found}
        for event in events:
            if isinstance(event, dg.Output) and event.output_name in tables:
                rows = connection.execute(f"select count(*) from {tables[event.output_name]}").fetchone()[0]
                event = event.with_metadata({**event.metadata, "dagster/row_count": rows})
            yield event


def _refuse_unstarted(places: Places) -> None:
    """Say why dbt has built nothing at all: the warehouse is held by a reader, or the project does not parse."""
    if (places.dbt_target / "run_results.json").is_file():
        return
    said = (places.build / "dbt.log").read_text(errors="replace")
    if HELD in said:
        raise dg.RetryRequested(TRIES, SECONDS)
    if says_disk_full(said):
        raise dg.Failure(FULL, allow_retries=False)
    last = redacted("\n".join(said.strip().splitlines()[-5:]))
    raise dg.Failure(
        f"dbt stopped before it built anything; data/build/dbt.log says why:\n{last}", allow_retries=False
    )


def _refuse_failed(call: DbtCliInvocation, checks: list[audit.Check]) -> None:
    if not call.is_successful():
        if any(says_disk_full(c.message) for c in checks):
            raise dg.Failure(FULL, allow_retries=False)
        failing = [c for c in checks if c.blocks and c.status != "skipped"]
        names = ", ".join(c.name for c in failing[:8])
        raise dg.Failure(
            f"dbt build: {len(failing)} of {len(checks)} nodes fail ({names}); see data/build/dbt.log",
            allow_retries=False,
        )


def _summary(checks: list[audit.Check]) -> str:
    built = sum(c.kind != "test" for c in checks)
    tests = [c for c in checks if c.kind == "test"]
    bad = sum(c.status not in {"pass", "warn"} for c in tests)
    warned = sum(c.status == "warn" for c in tests)
    return f"{built} seeds and models, {len(tests)} tests ({bad} failing, {warned} warnings)"


def _say_failures(checks: list[audit.Check]) -> None:
    for check in checks:
        if check.status in {"fail", "error"}:
            console.print(f"  [red]{check.status}[/] {check.name}: {redacted(check.message)}")
