"""`bacon`: the two-by-two comparisons of a two-way regression and their weights."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.absorb import absorbed_dof, codes_of
from keytech.econometrics.dcdh import TwowayResidual
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import numeric_column
from keytech.econometrics.result import Estimate, table_from_errors
from keytech.econometrics.sample import filtered
from keytech.econometrics.specification import Specification
from keytech.econometrics.staggered_panel import complete_rows, covariate_names, timing_of
from keytech.econometrics.variance import ols_factor


def run(specification: Specification, data: Any) -> Estimate:
    """Goodman-Bacon 2021 (R `bacondecomp`) on a balanced panel without covariates and weights.

    The coefficient `twfe` is the weighted sum of the comparisons; its error is clustered by unit or `vcov`, z tests.
    """
    if specification.weights:
        raise EstimationError(
            "bacon takes no weights: the decomposition is defined for the unweighted regression"
        )
    panel = _panel(specification, data)
    statistics, pairs = _comparisons(panel)
    beta, error = _twfe(panel)
    gap = abs(float(pairs["estimate"] @ pairs["weight"]) - beta)
    if gap > 1e-8 * max(1, abs(beta)):
        panel.notes.append(f"the weighted comparisons differ from the two-way estimate by {gap:.2e}")
    level = specification.settings.confidence_level
    table = table_from_errors(["twfe"], np.array([beta]), np.array([error]), None, level)
    used = len(panel.frame)
    sample = {**panel.counts, "used": used, "clusters": {panel.cluster_name: panel.n_clusters}}
    counted = {"n_obs": used, "n_units": panel.frame["unit"].nunique(), "n_clusters": panel.n_clusters}
    return Estimate(
        "bacon", specification.formula, table, counted | statistics, sample, tuple(panel.notes),
        tables={"comparisons": pairs},
    )  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """Columns unit, time, y, cohort (0 = never), d, cluster."""

    frame: pd.DataFrame
    counts: dict[str, Any]
    notes: list[str]
    cluster_name: str

    @property
    def n_clusters(self) -> int:
        return int(self.frame["cluster"].nunique())


def _panel(specification: Specification, data: Any) -> Panel:
    settings = specification.settings
    frame, counts = filtered(specification, data)
    if covariate_names(specification.parsed, specification):
        raise EstimationError("bacon takes no covariates")
    if len(specification.clusters) > 1:
        raise EstimationError("bacon clusters one way")
    y = pd.Series(numeric_column(specification.parsed.outcome, frame), index=frame.index)
    cluster_name = specification.clusters[0] if specification.clusters else settings.unit
    cluster = pd.Series(codes_of(tuple(cluster_name.split("^")), frame), index=frame.index)
    complete = np.isfinite(y.to_numpy()) & complete_rows(specification, frame) & (cluster >= 0).to_numpy()
    counts["missing"] += int((~complete).sum())
    frame = frame[complete]
    if not len(frame):
        raise EstimationError("no complete row")
    timing, notes = timing_of(specification, frame)
    table = pd.DataFrame(
        {
            "unit": timing.unit,
            "time": timing.time.astype(int),
            "y": y[complete].to_numpy(),
            "cohort": np.where(timing.cohort > timing.time.max(), 0.0, timing.cohort),
            "d": timing.treated.astype(float),
            "cluster": pd.factorize(cluster[complete])[0],
        }
    )
    counts_by_unit, periods = table.groupby("unit").size(), table["time"].nunique()
    if (counts_by_unit < periods).any():
        short = int((counts_by_unit < periods).sum())
        raise EstimationError(f"bacon needs a balanced panel: {short} units miss some of {periods} periods")
    if periods < 2:
        raise EstimationError("bacon needs at least two periods; the sample has one")
    if table["cluster"].max() == 0:
        raise EstimationError(f"one cluster only: {cluster_name!r} has a single value in the sample")
    return Panel(table, counts, notes, cluster_name)


def _comparisons(panel: Panel) -> tuple[dict[str, float], pd.DataFrame]:
    """Weight and average by type of comparison, and one row per comparison."""
    frame = panel.frame
    means = frame.pivot_table(index="cohort", columns="time", values="y", aggfunc="mean")
    share = frame.groupby("cohort")["unit"].nunique() / frame["unit"].nunique()
    pairs = pd.DataFrame(decomposition(means.to_numpy(), share.to_numpy(), means.index, means.columns))
    if pairs.empty:
        raise EstimationError("bacon finds no comparison: one cohort, or all treated in the first period")
    pairs["weight"] /= pairs["weight"].sum()
    statistics = {}
    for kind, rows in pairs.groupby("type"):
        statistics[f"weight.{kind}"] = float(rows["weight"].sum())
        statistics[f"estimate.{kind}"] = float(rows["estimate"] @ rows["weight"] / rows["weight"].sum())
    return statistics, pairs


def decomposition(means: np.ndarray, share: np.ndarray, cohorts, times) -> list[dict[str, Any]]:
    """All two-by-two comparisons with weights up to a factor (Goodman-Bacon 2021, equations 10b to 10g).

    means (cohorts, periods) of the outcome, share (cohorts,) of the units, cohorts first treated periods (0 = never), in
    ascending order. An always-treated cohort serves as a comparison of later ones only.
    """
    times = np.asarray(times)
    treated = (times >= np.asarray(cohorts)[:, None]) & (np.asarray(cohorts) > 0)[:, None]
    length, rows = treated.mean(axis=1), []
    switching = [k for k in range(len(share)) if 0 < length[k] < 1]
    for k, c in product(switching, range(len(share))):
        if length[k] == length[c]:
            continue
        both = share[k] + share[c]
        mix = share[k] * share[c] / both**2
        window = np.ones(len(times), dtype=bool)
        if 0 < length[c] < 1:
            window = treated[c] == (length[c] > length[k])
        post, pre = window & treated[k], window & ~treated[k]
        weight = (both * window.mean()) ** 2 * mix * post.sum() * pre.sum() / window.sum() ** 2
        change = means[:, post].mean(axis=1) - means[:, pre].mean(axis=1)
        kind = {0.0: "treated_vs_never", 1.0: "later_vs_always"}.get(length[c])
        kind = kind or ("earlier_vs_later" if length[k] > length[c] else "later_vs_earlier")
        row = {
            "treated": cohorts[k],
            "control": "never" if length[c] == 0 else f"{cohorts[c]:g}",
            "type": kind,
        }
        rows.append({**row, "estimate": change[k] - change[c], "weight": weight})
    return rows


def _twfe(panel: Panel) -> tuple[float, float]:
    """Two-way estimate and its clustered error as reghdfe."""
    net = TwowayResidual.of(panel.frame, [])
    beta = float(net.d @ net.y / (net.d @ net.d))
    sums = np.bincount(panel.frame["cluster"], net.d * (net.y - beta * net.d))
    codes = [pd.factorize(panel.frame[name])[0] for name in ("unit", "time")]
    cluster = panel.frame["cluster"].to_numpy()
    dof = absorbed_dof(np.column_stack(codes), [cluster], "stata")
    factor = ols_factor("stata", "cluster", len(net.y), 1, dof, [cluster]).scale
    return beta, float(np.sqrt((sums**2).sum() * factor) / (net.d @ net.d))
