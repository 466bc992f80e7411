"""Bounds on event-study effects under limited violations of parallel trends (Rambachan and Roth 2023).

The confidence sets are moderndid's. Its relative-magnitude sets (conditional, least favourable hybrid) are the only
ones used; diff-diff's are too narrow.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.result import Estimate


def honest_table(result: Estimate, settings, horizons: dict[str, float]) -> pd.DataFrame:
    """One row per M (smoothness) or Mbar (relative magnitudes): bounds of the effect at `honest_horizon`.

    Raises EstimationError where leads or lags are missing or the base is not the period before treatment.
    """
    terms = list(result.coefficients["term"])
    known = sorted((horizon, terms.index(name)) for name, horizon in horizons.items() if name in terms)
    before = [index for horizon, index in known if horizon < 0]
    after = [(horizon, index) for horizon, index in known if horizon >= 0]
    if not before or not after:
        raise EstimationError("honest bounds need at least one lead and one lag")
    if settings.honest_horizon not in [horizon for horizon, _ in after]:
        raise EstimationError(
            f"honest_horizon {settings.honest_horizon} is not among {[h for h, _ in after]}"
        )
    order = [*before, *[index for _, index in after]]
    beta = result.coefficients["estimate"].to_numpy()[order]
    sigma = result.vcov[np.ix_(order, order)]
    target = np.array([[float(horizon == settings.honest_horizon)] for horizon, _ in after])
    return bounds(
        beta,
        sigma,
        len(before),
        len(after),
        target,
        settings.honest,
        settings.honest_grid,
        settings.confidence_level,
    )


def bounds(beta, sigma, n_pre, n_post, target, kind, grid, level) -> pd.DataFrame:
    """Robust confidence sets for target' beta_post; beta (pre + post,), sigma its variance, target (post, 1)."""
    from moderndid.didhonest import create_sensitivity_results_rm, create_sensitivity_results_sm

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "smoothness":
            values = np.array(grid if grid is not None else [0.0, 0.01, 0.02, 0.03, 0.04, 0.05])
            table = create_sensitivity_results_sm(
                beta, sigma, n_pre, n_post, m_vec=values, l_vec=target, alpha=1 - level
            )
        else:
            values = np.array(grid if grid is not None else [0.5, 1.0, 1.5, 2.0])
            table = create_sensitivity_results_rm(
                beta, sigma, n_pre, n_post, m_bar_vec=values, l_vec=target, alpha=1 - level
            )
    frame = table.to_pandas() if hasattr(table, "to_pandas") else pd.DataFrame(table)
    lower = next(name for name in frame if name.lower() == "lb")
    upper = next(name for name in frame if name.lower() == "ub")
    return pd.DataFrame({"restriction": kind, "m": values, "ci_low": frame[lower], "ci_high": frame[upper]})
