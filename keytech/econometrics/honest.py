"""Bounds on event-study effects under limited violations of parallel trends (Rambachan and Roth 2023).

The confidence sets are moderndid's. Its relative-magnitude sets (conditional, least favourable hybrid) are the only
ones used; diff-diff's are too narrow.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.result import Estimate

_GRIDS = {"smoothness": [0.0, 0.01, 0.02, 0.03, 0.04, 0.05], "relative_magnitudes": [0.5, 1.0, 1.5, 2.0]}


def with_bounds(result: Estimate, settings, horizons: dict[str, float]) -> Estimate:
    """The estimate with table `honest` and statistics `honest_low.M`, `honest_high.M`, where `settings.honest` asks for them.

    `horizons` maps the terms of the event study to their relative times.
    """
    if settings.honest == "none":
        return result
    table = honest_table(result, settings, horizons)
    bounds = {f"honest_low.{row.m:g}": float(row.ci_low) for row in table.itertuples()}
    bounds |= {f"honest_high.{row.m:g}": float(row.ci_high) for row in table.itertuples()}
    tables = {**result.tables, "honest": table}
    return replace(result, statistics=result.statistics | bounds, tables=tables)


def honest_table(result: Estimate, settings, horizons: dict[str, float]) -> pd.DataFrame:
    """One row per M (smoothness) or Mbar (relative magnitudes): bounds of the effect at `honest_horizon`, or of the mean
    effect after treatment (`honest_horizon: average`).

    Raises EstimationError unless the effects are those at ..., -3, -2, 0, 1, ... with -1 as the base.
    """
    terms = list(result.coefficients["term"])
    known = sorted((horizon, terms.index(name)) for name, horizon in horizons.items() if name in terms)
    before = [(horizon, index) for horizon, index in known if horizon < -1]
    after = [(horizon, index) for horizon, index in known if horizon >= 0]
    _require_steps([horizon for horizon, _ in before], [horizon for horizon, _ in after])
    order = [index for _, index in [*before, *after]]
    beta = result.coefficients["estimate"].to_numpy()[order]
    sigma = result.vcov[np.ix_(order, order)]
    if settings.honest_horizon == "average":
        target = np.full((len(after), 1), 1 / len(after))
    else:
        target = np.array([[float(horizon == settings.honest_horizon)] for horizon, _ in after])
    if not target.any():
        raise EstimationError(
            f"honest_horizon {settings.honest_horizon} is not among {[int(h) for h, _ in after]}"
        )
    grid = settings.honest_grid if settings.honest_grid is not None else _GRIDS[settings.honest]
    level = settings.confidence_level
    return bounds(beta, sigma, len(before), len(after), target, settings.honest, grid, level)


def _require_steps(before: list[float], after: list[float]) -> None:
    if not before or not after:
        raise EstimationError("honest bounds need at least one lead before -1 and one lag")
    expected = [float(h) for h in range(-len(before) - 1, -1)], [float(h) for h in range(len(after))]
    if ([float(h) for h in before], [float(h) for h in after]) != expected:
        found = [int(h) for h in [*before, *after]]
        raise EstimationError(
            f"honest bounds need every horizon around the base -1; the effects are at {found}"
        )


def bounds(beta, sigma, n_pre, n_post, target, kind, grid, level) -> pd.DataFrame:
    """Robust confidence sets for target' beta_post; beta (pre + post,), sigma its variance, target (post, 1)."""
    from moderndid.didhonest import create_sensitivity_results_rm, create_sensitivity_results_sm

    values = np.array(grid, dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "smoothness":
            table = create_sensitivity_results_sm(
                beta, sigma, n_pre, n_post, m_vec=values, l_vec=target, alpha=1 - level
            )
        else:
            table = create_sensitivity_results_rm(
                beta, sigma, n_pre, n_post, m_bar_vec=values, l_vec=target, alpha=1 - level
            )
    frame = table.to_pandas() if hasattr(table, "to_pandas") else pd.DataFrame(table)
    lower = next(name for name in frame if name.lower() == "lb")
    upper = next(name for name in frame if name.lower() == "ub")
    return pd.DataFrame({"restriction": kind, "m": values, "ci_low": frame[lower], "ci_high": frame[upper]})
