"""One asset per declared table; an estimate refuses a panel whose checks fail, in this run and in any later one."""

import os
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import dagster as dg

from dagster_defs.assets.borders import refuse_if_unchecked
from dagster_defs.assets.dbt import ROOT
from dagster_defs.progress import console, step
from dagster_defs.resources import Workplace
from dagster_defs.shown import DAILY, coefficient_picture, estimates_table, owners
from dagster_defs.transient import FULL, faults
from keytech import audit, inputs
from keytech.landing.errors import says_disk_full
from keytech.privacy import redacted
from keytech.project import Places
from keytech.studies.declarations import Study, Table, read_studies
from keytech.studies.results import collect
from keytech.studies.run import TableRun, run_table

STUDIES = read_studies(Places(ROOT).studies)


def table_key(study: Study, table: Table) -> dg.AssetKey:
    """results / study / table_<id>, with dots written as underscores."""
    return dg.AssetKey(["results", study.study, f"table_{table.table_id}".replace(".", "_")])


def panels_of(study: Study, table: Table) -> list[str]:
    """The panels that a table reads, by name."""
    return sorted(set().union(*(study.panels_of(column) for column in table.columns)))


SLOW = {
    "group_difference",
    "specification_curve",
    "shift_share",
    "wild_bootstrap",
    "wild_bootstrap_iv",
    "negbin",
    "ivprobit",
    "permutation",
    "ife",
}
TABLES = {table_key(study, table): (study, table) for study in STUDIES for table in study.tables}


def _spec(key: dg.AssetKey, study: Study, table: Table) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        deps=[dg.AssetKey(["panels", panel]) for panel in panels_of(study, table)],
        group_name=study.study,
        kinds={"python"},
        skippable=True,
        description=f"{table.label.en}\n\n{table.label.zh}",
        metadata={"columns": len(table.columns), "proposed_spec": study.paper.proposed_spec},
        owners=owners("results", {}),
        freshness_policy=DAILY,
    )


@dg.multi_asset(
    name="estimates",
    specs=[_spec(key, *pair) for key, pair in TABLES.items()],
    can_subset=True,
    pool="estimates",
)
def estimates(context: dg.AssetExecutionContext, workplace: Workplace):
    """Estimate the selected tables, as many at a time as there are threads; a refusal or failure is raised at the end."""
    chosen = {key: TABLES[key] for key in TABLES if key in context.selected_asset_keys}
    with faults():
        inputs.refuse_unfinished(workplace.places)
    refused: list[str] = []
    with faults(), step(f"estimate {len(chosen)} tables") as running:
        allowed = {key: pair for key, pair in chosen.items() if not _refusal(pair, workplace, refused)}
        threads = int(os.environ.get("KEYTECH_THREADS", "2"))
        with ProcessPoolExecutor(threads, mp_context=get_context("spawn")) as workers:
            order = sorted(allowed, key=lambda key: -_slow_columns(allowed[key][1]))
            waiting = {_submit(workers, allowed[key], workplace): key for key in order}
            for done in as_completed(waiting):
                key = waiting[done]
                if error := done.exception():
                    why = FULL if says_disk_full(error) else redacted(str(error))
                    refused.append(f"{'/'.join(key.path[1:])}: {why}")
                else:
                    yield _materialized(key, done.result(), workplace)
        running.note = f"{threads} at a time"
    if refused:
        raise dg.Failure("\n".join(sorted(refused)), allow_retries=False)


def _slow_columns(table: Table) -> int:
    """Columns whose estimator draws or iterates: such tables start first, so that none is left alone at the end."""
    return sum(column.estimator in SLOW or "honest" in column.options for column in table.columns)


def _refusal(pair: tuple[Study, Table], workplace: Workplace, refused: list[str]) -> bool:
    """Whether a failing check forbids the table; the reason is added to `refused`."""
    study, table = pair
    places = workplace.places
    try:
        for panel in panels_of(study, table):
            audit.refuse_if_blocked(panel, places.build, places.dbt_target)
            refuse_if_unchecked(panel, places)
    except audit.BlockedPanel as reason:
        refused.append(f"{study.study} table {table.table_id}: {redacted(str(reason))}")
        return True
    return False


def _submit(
    workers: ProcessPoolExecutor, pair: tuple[Study, Table], workplace: Workplace
) -> Future[TableRun]:
    build = workplace.places.build
    return workers.submit(
        run_table, *pair, build / "marts" / "panels", build / "results" / "parts",
        data_origin=workplace.origin.name, code_hash=workplace.estimator_code(),
    )  # fmt: skip


def _materialized(key: dg.AssetKey, run: TableRun, workplace: Workplace) -> dg.MaterializeResult:
    failed = int((run.runs["status"] == "failed").sum())
    seconds = run.runs["seconds"].sum()
    note = ("as before" if run.reused else f"{len(run.runs)} columns") + (
        f", {failed} not estimable" if failed else ""
    )
    console.print(f"  {'/'.join(key.path[1:]):<44}{len(run.estimates):>11,}  {seconds:7.1f} s  {note}")
    picture = None if run.reused else coefficient_picture(run.estimates)
    return dg.MaterializeResult(
        asset_key=key,
        metadata={
            "data_origin": workplace.origin.name,
            "dagster/row_count": len(run.estimates),
            "columns": len(run.runs),
            "not_estimable": failed,
            "estimates": estimates_table(run.estimates),
        }
        | ({"plot": picture} if picture else {}),
    )


@dg.asset(
    key=["results", "store"],
    deps=list(TABLES),
    group_name="results",
    kinds={"python", "parquet"},
    owners=owners("results", {}),
)
def results_store(workplace: Workplace) -> dg.MaterializeResult:
    """estimates, fit, runs and the scorecard against published and planted values, as Parquet."""
    places = workplace.places
    results = places.build / "results"
    with faults(), step("results store and scorecard") as running:
        rows = collect(
            STUDIES, results / "parts", results, places.root / "seeds", workplace.origin.parameters
        )
        running.rows = rows["estimates"]
    return dg.MaterializeResult(metadata=rows | {"dagster/row_count": rows["estimates"]})
