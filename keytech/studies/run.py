"""Estimating declared tables on the built panels; every number with an account of its rows."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from keytech.econometrics import Estimate, EstimationError, Specification, estimate
from keytech.fingerprint import file_sha256
from keytech.studies.declarations import Column, Study, Table
from keytech.studies.reports import reported

ESTIMATES = ["study", "table_id", "column_id", "column_label", "outcome", "term", "estimate", "std_error",
             "statistic", "p_value", "ci_low", "ci_high", "stars"]  # fmt: skip
FIT = ["study", "table_id", "column_id", "statistic", "value"]
RUNS = ["study", "table_id", "column_id", "headline", "proposed_spec", "status", "message", "estimator", "formula",
        "vcov", "sample_predicate", "panel", "panel_hash", "rows_in", "rows_missing", "rows_singleton",
        "rows_separated", "rows_used", "clusters", "seconds", "warnings", "data_origin"]  # fmt: skip
DRAWS = ["study", "table_id", "column_id", "draw", "value"]
KINDS = {"estimates": ESTIMATES, "fit": FIT, "runs": RUNS, "draws": DRAWS}


@dataclass(frozen=True)
class TableRun:
    """What estimating one table gave: frames with the columns above, and whether stored results were re-used."""

    estimates: pd.DataFrame
    fit: pd.DataFrame
    runs: pd.DataFrame
    draws: pd.DataFrame
    reused: bool = False


def stars(p_value: float) -> str:
    """* 10 %, ** 5 %, *** 1 % (methods 0.3)."""
    return "".join("*" for level in (0.10, 0.05, 0.01) if p_value < level)


def run_table(
    study: Study, table: Table, panels: Path, parts: Path, *, data_origin: str, code_hash: str
) -> TableRun:
    """Estimate every column of a table and store it under `parts/<study>__<table>/`.

    `panels` holds `<panel>.parquet`. Stored results are re-used when panel bytes, declaration and estimator code
    (`code_hash`) are those of the last run. A column that cannot be estimated is recorded with status `failed` and
    its message; a failed headline column raises EstimationError after everything has been stored.
    """
    folder = parts / f"{study.study}__{table.table_id}"
    names = sorted(set().union(*(study.panels_of(column) for column in table.columns)))
    hashes = {name: file_sha256(panels / f"{name}.parquet") for name in names}
    key = _key(study, table, hashes, data_origin, code_hash)
    stored = _stored(folder, key)
    if stored is None:
        frames = {name: pd.read_parquet(panels / f"{name}.parquet") for name in hashes}
        rows = [_run_column(study, table, c, frames, hashes, data_origin) for c in table.columns]
        stored = _store(folder, key, rows)
    failed = stored.runs.query("headline and status == 'failed'")
    if len(failed):
        first = failed.iloc[0]
        raise EstimationError(
            f"{study.study} table {table.table_id} column {first.column_id}: {first.message}"
        )
    return stored


def _key(study: Study, table: Table, hashes: dict[str, str], data_origin: str, code_hash: str) -> str:
    said = {"table": table.model_dump(mode="json"), "sets": study.sets, "defaults": study.defaults,
            "printed": study.printed, "panels": hashes, "origin": data_origin, "code": code_hash}  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=list).encode()).hexdigest()


def _stored(folder: Path, key: str) -> TableRun | None:
    mark = folder / "key.txt"
    if not mark.is_file() or mark.read_text() != key:
        return None
    return TableRun(**{kind: pd.read_parquet(folder / f"{kind}.parquet") for kind in KINDS}, reused=True)


def _store(folder: Path, key: str, rows: list[dict[str, list[dict]]]) -> TableRun:
    """Write the frames and, last, the key that makes them valid."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    frames = {}
    for kind, columns in KINDS.items():
        frame = pd.DataFrame([row for part in rows for row in part.get(kind, [])], columns=columns)
        frames[kind] = _typed(frame)
        frames[kind].to_parquet(folder / f"{kind}.parquet", index=False)
    (folder / "key.txt").write_text(key)
    return TableRun(**frames)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = {"estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high", "value", "seconds"}
    counts = {"rows_in", "rows_missing", "rows_singleton", "rows_separated", "rows_used", "draw"}
    if "statistic" in frame and "value" in frame:
        numbers -= {"statistic"}
    types = {c: "float64" for c in frame if c in numbers} | {c: "Int64" for c in frame if c in counts}
    types |= {c: "bool" for c in frame if c in {"headline", "proposed_spec"}}
    types |= {c: "string" for c in frame if c not in types}
    return frame.astype(types)


def _run_column(
    study: Study,
    table: Table,
    column: Column,
    frames: dict[str, pd.DataFrame],
    hashes: dict[str, str],
    origin: str,
) -> dict[str, list[dict]]:
    place = {"study": study.study, "table_id": table.table_id, "column_id": column.column_id}
    panel = study.panel_of(column)
    specification = study.specification(column)
    run = place | {
        "headline": column.headline, "proposed_spec": study.paper.proposed_spec, "status": "done", "message": None,
        "estimator": column.estimator, "formula": specification.formula, "vcov": _vcov_text(specification),
        "sample_predicate": column.sample, "panel": panel, "panel_hash": hashes[panel],
        "rows_in": len(frames[panel]), "data_origin": origin,
    }  # fmt: skip
    if frames[panel].empty:
        run |= {
            "status": "no_data",
            "message": f"{panel} has no rows: see `keytech sources` for what is missing",
        }
        return {"estimates": [], "fit": [], "runs": [run]}
    try:
        main = estimate(with_tables(specification, column, frames), frames[panel])
        numbers = [reported(column, specification, main, frames[panel], personal=study.personal)]
        if column.first_stage:
            stages = _first_stages(specification, frames[panel])
            numbers += [reported(column, specification, stage, frames[panel]) for stage in stages]
    except EstimationError as error:
        run |= {"status": "failed", "message": str(error)}
        return {"estimates": [], "fit": [], "runs": [run]}
    head = place | {"column_label": column.label.en}
    return {
        "estimates": [row for rows in numbers for row in _coefficient_rows(rows, head)],
        "fit": [place | {"statistic": k, "value": v} for k, v in _statistics(main, study.printed).items()],
        "runs": [run | _sample_row(main)],
        "draws": [place | {"draw": i, "value": v} for i, v in _draws(main)],
    }


def with_tables(
    specification: Specification, column: Column, frames: dict[str, pd.DataFrame]
) -> Specification:
    """The panels that options name, read in; `rename` gives columns the names that the estimator wants."""
    tables = {
        option: frames[said["panel"]].rename(
            columns={old: new for new, old in said.get("rename", {}).items()}
        )
        for option, said in column.table_options.items()
    }
    if not tables:
        return specification
    return Specification.model_validate(
        specification.model_dump() | {"options": specification.options | tables}
    )


def _vcov_text(specification: Specification) -> str:
    return (
        "cluster " + ", ".join(specification.clusters) if specification.clusters else str(specification.vcov)
    )


def _statistics(fit: Estimate, printed: dict[str, str]) -> dict[str, float]:
    """Numbers of an estimate, and once more under the names that the paper prints."""
    numbers = {name: float(value) for name, value in fit.statistics.items() if _is_number(value)}
    return numbers | {theirs: numbers[ours] for theirs, ours in printed.items() if ours in numbers}


def _draws(fit: Estimate) -> list[tuple[int, float]]:
    """Number and statistic of every draw of an estimator that draws: the coefficient, difference or t under re-drawing."""
    table = fit.tables.get("draws")
    return [] if table is None else list(zip(table.iloc[:, 0], table.iloc[:, 1], strict=True))


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _coefficient_rows(rows: pd.DataFrame, head: dict) -> list[dict]:
    return [
        head | row
        | {"term": "const" if row["term"] == "(Intercept)" else row["term"], "stars": stars(row.get("p_value", 1.0))}
        for row in rows.to_dict("records")
    ]  # fmt: skip


def _first_stages(specification: Specification, frame: pd.DataFrame) -> list[Estimate]:
    """OLS of each endogenous variable on instruments and exogenous terms, same rows, effects and errors.

    Only the coefficients of the excluded instruments are kept.
    """
    head, effects, last = (part.strip() for part in specification.formula.split("|"))
    outcome, exogenous = (part.strip() for part in head.split("~"))
    endogenous, instruments = (part.strip() for part in last.split("~"))
    present = (
        f"({specification.sample}) and ({outcome}) is not null"
        if specification.sample
        else f"{outcome} is not null"
    )
    fits = []
    for name in (term.strip() for term in endogenous.split("+")):
        terms = instruments if exogenous in {"", "1", "0"} else f"{instruments} + {exogenous}"
        formula = f"{name} ~ {terms} | {effects}"
        stage = specification.model_copy(update={"estimator": "ols", "formula": formula, "sample": present})
        fit = estimate(Specification.model_validate(stage.model_dump()), frame)
        kept = fit.coefficients["term"].isin([t.strip() for t in instruments.split("+")])
        fits.append(
            Estimate(
                fit.estimator, fit.formula, fit.coefficients[kept], fit.statistics, fit.sample, fit.warnings
            )
        )
    return fits


def _sample_row(fit: Estimate) -> dict:
    sample = fit.sample
    clusters = sample.get("clusters")
    return {
        "rows_missing": sample.get("missing"), "rows_singleton": sample.get("singletons"),
        "rows_separated": sample.get("separated"), "rows_used": sample.get("used"),
        "clusters": yaml.safe_dump(clusters, default_flow_style=True).strip() if clusters else None,
        "seconds": fit.seconds, "warnings": "; ".join(fit.warnings) or None,
    }  # fmt: skip
