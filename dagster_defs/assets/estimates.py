"""One asset per declared table; an estimate refuses a panel whose checks fail, in this run and in any later one."""

import dagster as dg

from dagster_defs.assets.dbt import ROOT
from dagster_defs.progress import step
from dagster_defs.resources import Workplace
from keytech import audit
from keytech.project import Places
from keytech.studies.declarations import Study, Table, read_studies
from keytech.studies.results import collect
from keytech.studies.run import run_table

STUDIES = read_studies(Places(ROOT).studies)


def table_key(study: Study, table: Table) -> dg.AssetKey:
    """results / study / table_<id>, with dots written as underscores."""
    return dg.AssetKey(["results", study.study, f"table_{table.table_id}".replace(".", "_")])


def _estimate_asset(study: Study, table: Table) -> dg.AssetsDefinition:
    panels = sorted({study.panel_of(column) for column in table.columns})

    @dg.asset(
        key=table_key(study, table),
        deps=[dg.AssetKey(["panels", panel]) for panel in panels],
        group_name=study.study,
        kinds={"python"},
        description=f"{table.label.en}\n\n{table.label.zh}",
        metadata={"columns": len(table.columns), "proposed_spec": study.paper.proposed_spec},
    )
    def _estimate(workplace: Workplace) -> dg.MaterializeResult:
        places, origin = workplace.places, workplace.origin
        for panel in panels:
            audit.refuse_if_blocked(panel, places.build, places.dbt_target)
        with step(f"{study.study} table {table.table_id}") as running:
            run = run_table(
                study, table, places.build / "marts" / "panels", places.build / "results" / "parts",
                data_origin=origin.name, code_hash=workplace.estimator_code(),
            )  # fmt: skip
            running.rows = len(run.estimates)
            failed = run.runs.query("status == 'failed'")
            running.note = "as before" if run.reused else f"{len(run.runs)} columns"
            running.note += f", {len(failed)} not estimable" if len(failed) else ""
        shown = run.estimates[["column_id", "outcome", "term", "estimate", "std_error", "stars"]]
        return dg.MaterializeResult(
            metadata={
                "data_origin": origin.name,
                "rows": len(run.estimates),
                "not_estimable": len(failed),
                "estimates": dg.MetadataValue.md(shown.to_markdown(index=False, floatfmt=".4f")),
            }
        )

    return _estimate


ESTIMATES = [_estimate_asset(study, table) for study in STUDIES for table in study.tables]


@dg.asset(
    key=["results", "store"],
    deps=[table_key(study, table) for study in STUDIES for table in study.tables],
    group_name="results",
    kinds={"python"},
)
def results_store(workplace: Workplace) -> dg.MaterializeResult:
    """estimates, fit, runs and the scorecard against published and planted values, as Parquet."""
    places = workplace.places
    results = places.build / "results"
    with step("results store and scorecard") as running:
        rows = collect(
            STUDIES, results / "parts", results, places.root / "seeds", workplace.origin.parameters
        )
        running.rows = rows["estimates"]
    return dg.MaterializeResult(metadata=rows)
