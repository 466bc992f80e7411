"""Statistics that every maximum-likelihood estimator shares."""

from __future__ import annotations

from typing import Any

import numpy as np

from keytech.econometrics.sample import Design
from keytech.econometrics.variance import NOT_PSD, meat, ml_factor, repaired


def likelihood_statistics(log_lik: float, null: float | None, n: int, parameters: int) -> dict[str, Any]:
    """Fit of a likelihood; `n` rows (copies under frequency weights), `parameters` counts effects and constants."""
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
    bread: np.ndarray,
    scores: np.ndarray,
    kind: str,
    convention: str,
    design: Design,
    k: int,
    slopes: int | None = None,
) -> np.ndarray:
    """Inverse information (k, k), or the sandwich of row scores (n, k) with Stata's N/(N-1) or G/(G-1)."""
    if kind == "iid":
        return bread * ml_factor(convention, kind, design.n, k, design.cluster_codes)
    return influence_vcov(scores @ bread, kind, convention, design, k, slopes)


def influence_vcov(
    influence: np.ndarray, kind: str, convention: str, design: Design, k: int, slopes: int | None = None
) -> np.ndarray:
    """Sum of squares of row influences (n, k), within clusters first; a multi-way variance is repaired and said."""
    clusters = design.cluster_codes if kind == "cluster" else []
    vcov = meat(influence, clusters) * ml_factor(convention, kind, design.n, k, clusters)
    if len(clusters) > 1:
        vcov, fixed = repaired(vcov, slopes)
        if fixed and NOT_PSD not in design.warnings:
            design.warnings.append(NOT_PSD)
    return vcov
