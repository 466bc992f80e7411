"""Statistics that every maximum-likelihood estimator shares."""

from __future__ import annotations

from typing import Any

import numpy as np

from keytech.econometrics.sample import Design
from keytech.econometrics.variance import meat, ml_factor


def likelihood_statistics(log_lik: float, null: float | None, n: int, parameters: int) -> dict[str, Any]:
    """Fit of a likelihood; `n` observations (the sum of weights), `parameters` counts effects and constants."""
    statistics: dict[str, Any] = {
        "log_lik": log_lik,
        "aic": -2 * log_lik + 2 * parameters,
        "bic": -2 * log_lik + float(np.log(n)) * parameters,
    }
    if null is None:
        return statistics
    cox_snell = 1 - np.exp(2 * (null - log_lik) / n)
    statistics |= {
        "log_lik_null": null,
        "lr_chi2": 2 * (log_lik - null),
        "pseudo_r2_mcfadden": 1 - log_lik / null,
        "pseudo_r2_cox_snell": float(cox_snell),
        "pseudo_r2_nagelkerke": float(cox_snell / (1 - np.exp(2 * null / n))),
    }
    return statistics


def robust_vcov(
    bread: np.ndarray, scores: np.ndarray, kind: str, convention: str, design: Design, k: int
) -> np.ndarray:
    """Inverse information (k, k), or the sandwich of row scores (n, k) with Stata's N/(N-1) or G/(G-1)."""
    factor = ml_factor(convention, kind, design.n, k, design.cluster_codes)
    if kind == "iid":
        return bread * factor
    clusters = design.cluster_codes if kind == "cluster" else []
    return bread @ meat(scores, clusters) @ bread * factor
