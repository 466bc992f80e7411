"""The last asset: everything that was built, checked and estimated becomes one release, or nothing does."""

from collections import Counter
from pathlib import Path

import dagster as dg
import pandas as pd
import yaml

from dagster_defs.assets.borders import EXPECTATIONS
from dagster_defs.assets.dbt import warehouse
from dagster_defs.assets.estimates import STUDIES
from dagster_defs.progress import console, step
from dagster_defs.resources import Workplace
from dagster_defs.shown import DAILY, owners
from dagster_defs.transient import faults
from keytech import audit, inputs
from keytech.descriptor import describe, keys_of_models
from keytech.fingerprint import digest, file_sha256, git_commit
from keytech.landing import load_contracts
from keytech.origin import SCALE, Origin
from keytech.privacy import redacted
from keytech.project import Places
from keytech.quality.docs import write_data_docs
from keytech.quality.results import write_checks
from keytech.release import exported_marts, publish, versions
from keytech.report import catalog
from keytech.report.site import build_site
from keytech.simulate import DEFAULT_SEED


def manifest(places: Places, origin: Origin) -> dict:
    """What makes a release reproducible, and what went in and came out."""
    sources = [source.name for source in load_contracts(places.root)]
    made_from, changed = inputs.settled(places, origin, sources)
    marts = exported_marts(places.build / "marts")
    landed = pd.read_parquet(places.landed / "files.parquet")
    results = {p.stem: len(pd.read_parquet(p)) for p in sorted((places.build / "results").glob("*.parquet"))}
    checks = audit.read(places.build)
    return {
        "fingerprint": digest({}, made_from.fingerprint, *changed) if changed else made_from.fingerprint,
        "data_origin": origin.name,
        "simulation": {"seed": DEFAULT_SEED, "scale": SCALE} if origin.name == "simulated" else None,
        "git_commit": git_commit(places.root),
        "code_sha256": made_from.code_sha256,
        "code_changed_during_run": changed,
        "baseline": made_from.baseline,
        "requirements_lock_sha256": file_sha256(places.root / "requirements.lock"),
        "versions": versions(),
        "dbt_vars": yaml.safe_load((places.root / "dbt_project.yml").read_text(encoding="utf-8")).get("vars")
        or {},
        "raw_files": made_from.raw,
        "landed": landed[
            ["source", "table_name", "file", "rows_read", "rows_landed", "rows_rejected"]
        ].to_dict("records"),
        "marts": [{"schema": m.schema, "name": m.name, "rows": m.rows, "sha256": m.sha256} for m in marts],
        "results": results,
        "checks": dict(sorted(Counter(f"{c.kind} {c.status}" for c in checks).items())),
    }


@dg.asset(
    key=["release", "current"],
    deps=[dg.AssetKey(["results", "store"]), *warehouse.keys],
    group_name="release",
    kinds={"python", "duckdb", "parquet"},
    owners=owners("release", {}),
    freshness_policy=DAILY,
)
def release(workplace: Workplace) -> dg.MaterializeResult:
    """Write, audit, publish: data/releases/<id> and the switch of data/current."""
    places, origin = workplace.places, workplace.origin
    with step("release") as running, faults():
        _refuse_if_blocked(places)
        write_checks(places.build, places.dbt_target, EXPECTATIONS)
        document = manifest(places, origin)
        release_id = publish(
            places.releases, places.current, build=places.build, manifest=document,
            finish=lambda folder: _finish(folder, places),
        )  # fmt: skip
        running.rows = sum(mart["rows"] for mart in document["marts"])
        running.note = release_id
        if document["code_changed_during_run"]:
            names = ", ".join(document["code_changed_during_run"][:3])
            console.print(
                f"  [yellow]warn[/] code changed during the run ({names}): the release cannot be made again"
            )
    return dg.MaterializeResult(
        metadata={
            "release_id": release_id,
            "data_origin": origin.name,
            "dagster/row_count": running.rows,
            "results": dg.MetadataValue.table(
                [dg.TableRecord({"table": k, "rows": v}) for k, v in document["results"].items()]
            ),
            "checks": document["checks"],
        }
    )


def _refuse_if_blocked(places: Places) -> None:
    try:
        audit.refuse_release_if_blocked(places.build)
    except audit.BlockedRelease as reason:
        raise dg.Failure(redacted(str(reason)), allow_retries=False) from None


def _finish(folder: Path, places: Places) -> None:
    """Catalog, descriptor, Data Docs and site of a release whose tables and manifest are written."""
    catalog.snapshot(folder, places.dbt_target, places.build)
    describe(folder, keys_of_models(places.dbt_target / "manifest.json"))
    write_data_docs(folder, places.build, EXPECTATIONS)
    build_site(folder, STUDIES, places.root)
