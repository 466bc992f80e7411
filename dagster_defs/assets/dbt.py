"""The dbt project: one asset per seed and model, every data test a check; marts are written as Parquet too."""

from contextlib import redirect_stdout

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from dagster_defs.progress import console, step
from dagster_defs.resources import ROOT, Workplace, ensure_manifest
from dagster_defs.translator import WarehouseTranslator
from keytech import audit
from keytech.release import export_marts

TRANSLATOR = WarehouseTranslator()


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
    with step("dbt build") as running:
        call = dbt.cli(
            ["build"],
            context=context, manifest=ensure_manifest(ROOT), dagster_dbt_translator=TRANSLATOR,
            target_path=places.dbt_target, raise_on_error=False,
        )  # fmt: skip
        with (places.build / "dbt.log").open("w") as log, redirect_stdout(log):
            yield from call.stream()
        checks = audit.record(places.dbt_target, places.build)
        running.note = _summary(checks)
    with step("write marts as Parquet") as running:
        running.rows = sum(mart.rows for mart in export_marts(places.warehouse, places.build / "marts"))
    _say_failures(checks)
    if not call.is_successful():
        failing = [c for c in checks if c.blocks and c.status != "skipped"]
        names = ", ".join(c.name for c in failing[:8])
        raise dg.Failure(
            f"dbt build: {len(failing)} of {len(checks)} nodes fail ({names}); see data/build/dbt.log"
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
            console.print(f"  [red]{check.status}[/] {check.name}: {check.message}")
        elif check.status == "warn":
            console.print(f"  [yellow]warn[/] {check.name}: {check.message}")
