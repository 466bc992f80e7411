"""The balanced panel of `callaway_santanna`: outcome, covariates and weights by unit and period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, numeric_column, term_columns, to_float
from keytech.econometrics.sample import filtered
from keytech.econometrics.specification import Specification
from keytech.econometrics.staggered_panel import Timing, complete_rows, covariate_names, timing_of


@dataclass(frozen=True)
class BalancedPanel:
    """y and weights (units, periods), x (units, periods, k) with constant; cohort, cluster, and weight in the first period
    (mean 1) per unit."""

    times: np.ndarray
    y: np.ndarray
    x: np.ndarray
    cohort: np.ndarray
    weight: np.ndarray
    weights: np.ndarray
    cluster: np.ndarray | None

    @property
    def units(self) -> int:
        return len(self.y)

    @property
    def groups(self) -> np.ndarray:
        return np.unique(self.cohort[np.isfinite(self.cohort)])


def balanced_panel(
    specification: Specification, data: Any
) -> tuple[BalancedPanel, dict[str, Any], list[str]]:
    """Units seen in every period and untreated in the first, the counts of the other rows, and notes."""
    frame, counts = filtered(specification, data)
    formula = specification.parsed
    names = covariate_names(formula, specification)
    columns = {"__y__": numeric_column(formula.outcome, frame)}
    for name in names:
        columns |= {f"x{len(columns)}.{key}": value for key, value in term_columns(name, frame).items()}
    if specification.weights:
        weight = to_float(column(specification.weights, frame))
        if (weight < 0).any():
            raise EstimationError(f"{int((weight < 0).sum())} negative weights in {specification.weights!r}")
        columns["__w__"] = np.where(weight > 0, weight, np.nan)
    values = pd.DataFrame(columns, index=frame.index)
    complete = np.isfinite(values).all(axis=1).to_numpy() & complete_rows(specification, frame)
    counts["missing"] += int((~complete).sum())
    frame, values = frame[complete], values[complete]
    if not len(frame):
        raise EstimationError("no complete row")
    timing, notes = timing_of(specification, frame)
    after = timing.cohort > timing.time.max() + specification.settings.anticipation
    timing = replace(timing, cohort=np.where(after, np.inf, timing.cohort))
    if specification.settings.control_group == "notyet" and np.isfinite(timing.cohort).all():
        frame, values, timing = _last_as_never(specification, frame, values, timing, counts, notes)
    times = np.unique(timing.time)
    always = timing.cohort <= times[0]
    full = np.bincount(timing.unit)[timing.unit] == len(times)
    counts["always_treated"] = int(always.sum())
    keep = full & ~always
    gaps = int((~full & ~always).sum())
    if specification.settings.unbalanced == "pairs":
        keep, gaps = ~always, 0
    counts["unbalanced"] = gaps
    if gaps:
        notes.append(f"{gaps} rows of units without all {len(times)} periods dropped")
    if not keep.any():
        raise EstimationError("no unit is observed in every period and untreated in the first")
    return _cube(specification, frame[keep], values[keep], timing, keep, times), counts, notes


def _last_as_never(specification, frame, values, timing: Timing, counts, notes: list[str]):
    """Without a never-treated unit the last cohort is one, and its treated periods leave (R `did`)."""
    last = timing.cohort.max()
    keep = timing.time < last - specification.settings.anticipation
    if not keep.any():
        raise EstimationError(f"no unit is never treated, and no period precedes the last cohort, {last:g}")
    notes.append(
        f"no unit is never treated: cohort {last:g} is the comparison, "
        f"{int((~keep).sum())} rows of later periods dropped"
    )
    counts["after_last_cohort"] = int((~keep).sum())
    cohort = np.where(timing.cohort == last, np.inf, timing.cohort)[keep]
    return frame[keep], values[keep], Timing(timing.unit[keep], timing.time[keep], cohort)


def _cube(specification, frame, values, timing, keep, times) -> BalancedPanel:
    """Arrays by unit and period; a missing cell (with `unbalanced: pairs`) is NaN and leaves its comparisons only."""
    unit = pd.factorize(timing.unit[keep])[0]
    period = np.searchsorted(times, timing.time[keep])
    n, t = int(unit.max()) + 1, len(times)
    cube = np.full((n, t, values.shape[1]), np.nan)
    cube[unit, period] = values.to_numpy()
    first = pd.Series(np.arange(len(unit))).groupby(unit).first().to_numpy()
    x_at = [index for index, name in enumerate(values.columns) if not name.startswith("__")]
    weights = cube[:, :, values.columns.get_loc("__w__")] if specification.weights else np.ones((n, t))
    weight = pd.DataFrame(weights).bfill(axis=1).to_numpy()[:, 0]
    x = np.concatenate([np.ones((n, t, 1)), cube[:, :, x_at]], axis=2)
    cohort = timing.cohort[keep][first]
    cluster = _unit_clusters(specification, frame, unit, first)
    return BalancedPanel(times, cube[:, :, 0], x, cohort, weight / weight.mean(), weights, cluster)


def _unit_clusters(specification, frame, unit, first) -> np.ndarray | None:
    names = [name for name in specification.clusters if name != specification.settings.unit]
    if len(names) > 1:
        raise EstimationError("callaway_santanna clusters by one variable at most")
    if not names:
        return None
    codes = pd.factorize(column(names[0], frame))[0]
    if (codes != codes[first][unit]).any():
        raise EstimationError(f"cluster {names[0]!r} must be constant within units")
    if codes.min() < 0 or codes.max() == 0:
        why = "is missing in some rows" if codes.min() < 0 else "has a single value: one cluster only"
        raise EstimationError(f"cluster {names[0]!r} {why}")
    return pd.factorize(codes[first])[0]
