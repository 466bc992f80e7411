"""The last asset: everything that was built, checked and estimated becomes one release, or nothing does."""

from collections import Counter

import dagster as dg
import pandas as pd
import yaml

from dagster_defs.assets.dbt import warehouse
from dagster_defs.assets.estimates import STUDIES
from dagster_defs.progress import step
from dagster_defs.resources import Workplace
from keytech import audit
from keytech.fingerprint import file_sha256, git_commit
from keytech.origin import SCALE, Origin, fingerprint, input_checksums
from keytech.project import Places
from keytech.release import exported_marts, publish, versions
from keytech.report.site import build_site
from keytech.simulate import DEFAULT_SEED


def manifest(places: Places, origin: Origin) -> dict:
    """What makes a release reproducible, and what went in and came out."""
    raw = input_checksums(places, origin)
    marts = exported_marts(places.build / "marts")
    landed = pd.read_parquet(places.landed / "_files.parquet")
    results = {p.stem: len(pd.read_parquet(p)) for p in sorted((places.build / "results").glob("*.parquet"))}
    checks = audit.read(places.build)
    return {
        "fingerprint": fingerprint(places, origin, raw),
        "data_origin": origin.name,
        "simulation": {"seed": DEFAULT_SEED, "scale": SCALE} if origin.name == "simulated" else None,
        "git_commit": git_commit(places.root),
        "requirements_lock_sha256": file_sha256(places.root / "requirements.lock"),
        "versions": versions(),
        "dbt_vars": yaml.safe_load((places.root / "dbt_project.yml").read_text(encoding="utf-8")).get("vars")
        or {},
        "raw_files": raw,
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
    kinds={"python"},
)
def release(workplace: Workplace) -> dg.MaterializeResult:
    """Write, audit, publish: data/releases/<id> and the switch of data/current."""
    places, origin = workplace.places, workplace.origin
    with step("release") as running:
        document = manifest(places, origin)
        release_id = publish(
            places.releases, places.current, build=places.build, manifest=document,
            make_site=lambda folder: build_site(folder, STUDIES, places.root),
        )  # fmt: skip
        running.rows = sum(mart["rows"] for mart in document["marts"])
        running.note = release_id
    return dg.MaterializeResult(metadata={"release_id": release_id, "data_origin": origin.name})
