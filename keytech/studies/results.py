"""The results store: stored tables gathered into estimates, fit, runs and the scorecard."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd

from keytech.studies.declarations import Study
from keytech.studies.run import KINDS

TERM = ["study", "table_id", "column_id", "outcome", "term"]


def collect(
    studies: list[Study], parts: Path, results: Path, seeds: Path, parameters: Path | None
) -> dict[str, int]:
    """Gather the stored tables of the declared studies into `results/*.parquet`; returns rows per file.

    Only tables that are declared count: parts of a table that is declared no more are left out. `parameters` is
    the truth folder's parameters.json on simulated data, None on licensed data.
    Raises FileNotFoundError naming the declared table that has not been estimated.
    """
    results.mkdir(parents=True, exist_ok=True)
    frames = {kind: _gather(studies, parts, kind) for kind in KINDS}
    frames["scorecard"] = scorecard(frames["estimates"], frames["runs"], seeds, parameters)
    for name, frame in frames.items():
        building = results / f".{name}.parquet"
        frame.to_parquet(building, index=False)
        os.replace(building, results / f"{name}.parquet")
    return {name: len(frame) for name, frame in frames.items()}


def _gather(studies: list[Study], parts: Path, kind: str) -> pd.DataFrame:
    frames = [
        pd.read_parquet(parts / f"{study.study}__{table.table_id}" / f"{kind}.parquet")
        for study in studies
        for table in study.tables
    ]
    if not frames:
        raise FileNotFoundError("no study is declared in analyses/studies")
    return pd.concat(frames, ignore_index=True)


def scorecard(
    estimates: pd.DataFrame, runs: pd.DataFrame, seeds: Path, parameters: Path | None
) -> pd.DataFrame:
    """One row per estimated coefficient that has a published or a planted value.

    `published_gap_se` and `planted_gap_se` are (ours - theirs) in our standard errors. Published numbers are compared
    with the corrected print where there is one. Planted values exist on simulated data only.
    """
    published = pd.read_csv(seeds / "published_estimates.csv", dtype={"table_id": str, "column_id": str})
    published["published_estimate"] = published["estimate_corrected"].fillna(published["estimate"])
    published = published.rename(columns={"std_error": "published_std_error", "stars": "published_stars"})
    kept = [*TERM, "published_estimate", "published_std_error", "published_stars"]
    card = estimates.merge(published[kept], on=TERM, how="left", validate="one_to_one")
    card = card.merge(planted_values(parameters), on=[c for c in TERM if c != "outcome"], how="left")
    card = card[card["published_estimate"].notna() | card["planted"].notna()].reset_index(drop=True)
    card["published_gap_se"] = (card["estimate"] - card["published_estimate"]) / card["std_error"]
    card["planted_gap_se"] = (card["estimate"] - card["planted"]) / card["std_error"]
    card["within_two_se"] = (
        (card["planted_gap_se"].abs() <= 2).where(card["planted"].notna()).astype("boolean")
    )
    card["same_sign_as_published"] = (
        (card["estimate"] * card["published_estimate"] > 0)
        .where(card["published_estimate"].notna())
        .astype("boolean")
    )
    return card.merge(runs[["study", "table_id", "column_id", "headline", "data_origin"]], on=TERM[:3])


def planted_values(parameters: Path | None) -> pd.DataFrame:
    """The planted estimands, one row per study, table, column and term; empty where nothing was planted."""
    columns = ["study", "table_id", "column_id", "term", "planted"]
    if parameters is None or not parameters.is_file():
        return pd.DataFrame({c: pd.Series(dtype="float64" if c == "planted" else "string") for c in columns})
    document = json.loads(parameters.read_text(encoding="utf-8"))
    rows = [
        (study, table, column, term, float(value))
        for study, tables in document.items()
        for table, cols in tables.items()
        if not table.startswith("structur")
        for column, terms in cols.items()
        for term, value in terms.items()
    ]
    return pd.DataFrame(rows, columns=columns).astype({c: "string" for c in columns[:-1]})
