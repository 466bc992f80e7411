"""`make montecarlo`: 20 seeds of the economy, the headline tables on its true panels, coverage of two standard errors; and
placebo p-values of the pilots under a planted zero, which must be uniform.

No raw file is written: the true panels stand for the built ones, which the integration tests compare cell by cell. Every
finished task is kept in data/montecarlo, by a digest of the code, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from scipy import stats

from keytech.econometrics import estimate
from keytech.fingerprint import code_checksums, digest
from keytech.project import places
from keytech.simulate import (
    DEFAULT_SEED,
    economy,
    industry,
    listed,
    listed_counts,
    listed_firms,
    pilot_instruments,
    survey,
    universities,
)
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter
from keytech.studies.declarations import Study, read_studies
from keytech.studies.results import planted_values
from keytech.studies.run import run_table

SEEDS = range(1, 21)
PLACEBO_SEEDS, PLACEBO_DRAWS, PLACEBO_SHARE = 200, 39, 25
KEY = ["study", "table_id", "column_id", "term"]
CODE = (
    "keytech/simulate",
    "keytech/econometrics",
    "keytech/studies",
    "analyses/studies",
    "seeds",
    "tests/montecarlo.py",
)
CONTROLS = ["roa", "lnage", "ki", "ifdome", "size", "kd", "meangdp", "infor", "finsgov", "fdi"]


class NoFiles(RawWriter):
    """Takes the raw files of a simulation and writes none."""

    def csv(self, source, table, file, frame, **_) -> str:
        return f"{source}/{file}"

    dta = parquet = xlsx = csv


def true_economy(seed: int, root: Path) -> Truth:
    """True panels and planted parameters of a seed at scale 1."""
    world, truth, raw = World(seed=seed, scale=1.0, project=root), Truth(), NoFiles(root, root)
    listed.write(world, listed.build(world), raw, truth)
    survey.write(survey.build(world), world, raw, truth)
    universities.write(universities.build(world), world, raw, truth)
    makers = industry.build(world, economy.listed_makers(listed_firms.firms(world)))
    industry.write(world, makers, raw, truth)
    truth.panels[pilot_instruments.EMPLOYMENT] = pilot_instruments.sector_employment(world, makers.rows)
    truth.panels |= pilot_instruments.completed(world, truth.panels)
    return truth


def headlines(root: Path) -> Iterator[tuple[Study, object]]:
    """Every declared table with its headline columns only."""
    for study in read_studies(root / "analyses" / "studies"):
        for table in study.tables:
            kept = tuple(column for column in table.columns if column.headline)
            if kept:
                yield study, table.model_copy(update={"columns": kept})


def headline_gaps(seed: int, root: Path) -> pd.DataFrame:
    """(estimate - planted) / standard error of every headline coefficient with a planted value, one row each."""
    truth, estimates = true_economy(seed, root), []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        truth.save(folder)
        panels = folder / "panels"
        for path in panels.glob("*.parquet"):
            path.rename(path.with_name(f"pnl_{path.name}"))
        for study, table in headlines(root):
            run = run_table(study, table, panels, folder / "parts", data_origin="simulated", code_hash="")
            estimates.append(run.estimates)
        planted = planted_values(folder / "parameters.json")
    both = pd.concat(estimates).merge(planted, on=KEY)
    both["gap"] = (both["estimate"] - both["planted"]) / both["std_error"]
    return both[[*KEY, "gap"]].assign(seed=seed)


def placebo_p_values(part: int, root: Path) -> pd.DataFrame:
    """p of the placebo test of R6 in PLACEBO_SHARE economies without a policy effect, one row each.

    Firms, controls and assignment are those of the default economy; in every draw the errors are drawn anew, the effect is
    zero, and the cities' first policy years are dealt out anew, so that the test is exact and p is uniform.
    """
    world = World(seed=DEFAULT_SEED, scale=1.0, project=root)
    state = listed.build(world)
    at = state.process.pilot
    panel = state.accounts.iloc[state.process.rows[at]][
        ["firm", "year", "csrc2", "province_code", "city"]
    ].reset_index(drop=True)
    positions = {row: i for i, row in enumerate(state.pilot_sample.positions)}
    controls = state.pilot_controls.iloc[[positions[row] for row in state.process.rows[at]]].reset_index(
        drop=True
    )
    panel = panel.join((controls - controls.mean()) / controls.std())
    panel["home"] = panel.groupby("firm")["city"].transform("first")
    means = listed_counts.mean_indices(
        replace(state.process, policy=0 * state.process.policy), state.counts.theta, 0.0
    )
    cities, rows = np.sort(panel["home"].unique()), []
    formula = f"y ~ policy + {' + '.join(CONTROLS)} | firm + csrc2^year + province_code^year"
    for number in range(part * PLACEBO_SHARE, (part + 1) * PLACEBO_SHARE):
        rng = world.rng("montecarlo", "placebo", str(number))
        first = pd.Series(rng.permutation(state.pilots.cohort[cities]), index=cities)
        start = panel["home"].map(first).to_numpy()
        counts, _, _ = listed_counts.draw(means, rng)
        data = panel.assign(
            policy=((start > 0) & (panel["year"] >= start)).astype(int), y=np.log1p(counts[at, 2])
        )
        options = {
            "treatment": "policy",
            "level": "home",
            "time": "year",
            "draws": PLACEBO_DRAWS,
            "seed": number,
        }
        fit = estimate({"estimator": "permutation", "formula": formula, "options": options}, data)
        rows.append((number, fit.statistics["permutation_p_plus_one"]))
    return pd.DataFrame(rows, columns=["number", "p"])


TASKS = {"headline": headline_gaps, "placebo": placebo_p_values}


def kept(kind: str, number: int, root: Path, store: Path) -> pd.DataFrame:
    """The result of one task, from the store where it is there."""
    path = store / f"{kind}_{number}.parquet"
    if not path.is_file():
        frame = TASKS[kind](number, root)
        building = path.with_suffix(".building")
        frame.to_parquet(building, index=False)
        os.replace(building, path)
    return pd.read_parquet(path)


def coverage_table(gaps: pd.DataFrame) -> pd.DataFrame:
    """Share of seeds within two standard errors, mean and spread of the gaps, by coefficient."""
    return gaps.groupby(KEY)["gap"].agg(
        coverage=lambda g: (g.abs() <= 2).mean(), mean_gap="mean", sd_gap="std", seeds="count"
    )


def report(console: Console, found: dict[str, list[pd.DataFrame]]) -> int:
    """Print both tables; exit code 1 where coverage lies under 90 percent or the placebo p-values are not uniform."""
    gaps = pd.concat(found["headline"])
    console.print(coverage_table(gaps).round(3).to_string())
    by_study = gaps.groupby("study")["gap"].apply(lambda g: (g.abs() <= 2).mean())
    console.print(by_study.map("{:.1%}".format).to_string())
    coverage = float(np.mean(gaps["gap"].abs() <= 2))
    console.print(f"all: {coverage:.1%} of {len(gaps)} within two standard errors (simulated data)")
    p = pd.concat(found["placebo"])["p"].to_numpy()
    smooth = p - np.random.default_rng(1).random(len(p)) / (PLACEBO_DRAWS + 1)
    uniform = float(stats.kstest(smooth, "uniform").pvalue)
    console.print(
        f"placebo under a planted zero, {len(p)} economies: {np.mean(p <= 0.05):.1%} with p <= 5 %, "
        f"{np.mean(p <= 0.10):.1%} with p <= 10 %; Kolmogorov-Smirnov p = {uniform:.3f}"
    )
    return 0 if coverage >= 0.90 and uniform > 0.01 else 1


def main(seeds: list[int] | None = None) -> int:
    """Every task in as many processes as there are threads; `seeds` limits the economies, as do arguments on the command line."""
    console, root = Console(highlight=False, soft_wrap=True), places().root
    store = places().build.parent / "montecarlo" / digest(code_checksums(root, CODE))[:12]
    store.mkdir(parents=True, exist_ok=True)
    jobs = [("headline", seed) for seed in seeds or SEEDS]
    jobs += [("placebo", part) for part in range(PLACEBO_SEEDS // PLACEBO_SHARE)]
    found: dict[str, list[pd.DataFrame]] = {kind: [] for kind in TASKS}
    threads = int(os.environ.get("KEYTECH_THREADS", "2"))
    with ProcessPoolExecutor(threads, mp_context=get_context("spawn")) as workers:
        waiting = {workers.submit(kept, kind, number, root, store): (kind, number) for kind, number in jobs}
        for count, done in enumerate(as_completed(waiting), start=1):
            kind, number = waiting[done]
            found[kind].append(done.result())
            console.print(f"{count}/{len(jobs)}  {kind} {number}")
    return report(console, found)


if __name__ == "__main__":
    sys.exit(main([int(seed) for seed in sys.argv[1:]] or None))
