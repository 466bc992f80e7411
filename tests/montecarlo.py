"""`make montecarlo`: 20 seeds of the economy, the headline tables on its true panels, coverage of two standard errors.

The true panels stand for the built ones, which the integration tests compare cell by cell.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from keytech.project import places
from keytech.simulate.economy import simulate
from keytech.studies.declarations import read_studies
from keytech.studies.results import planted_values
from keytech.studies.run import run_table

SEEDS = range(1, 21)
KEY = ["study", "table_id", "column_id", "term"]


def headline_gaps(seed: int, folder: Path, root: Path, console: Console) -> pd.DataFrame:
    """(estimate - planted) / standard error of every headline coefficient with a planted value, one row each."""
    simulate(folder, seed=seed, project=root)
    panels = folder / "truth" / "panels"
    for path in panels.glob("*.parquet"):
        path.rename(path.with_name(f"pnl_{path.name}"))
    estimates = []
    for study in read_studies(root / "analyses" / "studies"):
        for table in study.tables:
            kept = tuple(column for column in table.columns if column.headline)
            if kept:
                declared = table.model_copy(update={"columns": kept})
                run = run_table(
                    study, declared, panels, folder / "parts", data_origin="simulated", code_hash=""
                )
                estimates.append(run.estimates)
    planted = planted_values(folder / "truth" / "parameters.json")
    both = pd.concat(estimates).merge(planted, on=KEY)
    both["gap"] = (both["estimate"] - both["planted"]) / both["std_error"]
    inside = (both["gap"].abs() <= 2).mean()
    console.print(f"seed {seed}: {len(both)} coefficients, {inside:.1%} within two standard errors")
    return both[[*KEY, "gap"]].assign(seed=seed)


def main() -> int:
    """Print coverage by coefficient and in all; exit code 1 where the whole lies outside 90 to 100 percent."""
    console, root = Console(highlight=False, soft_wrap=True), places().root
    parts = []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            parts.append(headline_gaps(seed, Path(folder) / "world", root, console))
    gaps = pd.concat(parts)
    table = gaps.groupby(KEY)["gap"].agg(
        coverage=lambda g: (g.abs() <= 2).mean(), mean_gap="mean", sd_gap="std", seeds="count"
    )
    console.print(table.round(3).to_string())
    by_study = gaps.groupby("study")["gap"].apply(lambda g: (g.abs() <= 2).mean())
    console.print(by_study.map("{:.1%}".format).to_string())
    coverage = float(np.mean(gaps["gap"].abs() <= 2))
    console.print(f"all: {coverage:.1%} of {len(gaps)} (simulated data)")
    return 0 if coverage >= 0.90 else 1


if __name__ == "__main__":
    sys.exit(main())
