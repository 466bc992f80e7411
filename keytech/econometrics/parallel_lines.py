"""Do the slopes of an ordered logit differ between thresholds? Likelihood-ratio and Brant tests."""

from __future__ import annotations

import numpy as np

from keytech.econometrics.dense_newton import maximise_dense
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.laws import chi2_tail
from keytech.econometrics.linear_algebra import cross, inverse
from keytech.econometrics.newton import maximise


def parallel_lines_statistics(design, fit, slopes: list[str]) -> tuple[dict[str, float], list[str]]:
    """LR test against the unconstrained cumulative logit, df k(J-2), and Brant's (1990) Wald tests per term.

    A threshold whose binary logit does not exist (perfect prediction) gives a named warning, not a number.
    """
    if not design.x.shape[1]:
        return {}, []
    outcome = np.unique(design.y, return_inverse=True)[1]
    statistics: dict[str, float] = {}
    notes: list[str] = []
    try:
        betas, covariance = binary_logits(design.x, outcome, design.weights)
        statistics |= brant(betas, covariance, design.x_names, slopes)
        statistics |= likelihood_ratio(design.x, outcome, design.weights, fit.log_lik, betas)
    except EstimationError as error:
        notes.append(f"parallel-lines test not available: {error}")
    return statistics, notes


def binary_logits(
    x: np.ndarray, outcome: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Logits of y > j for each threshold: betas (J-1, k+1), constant first, and their joint covariance (Brant 1990)."""
    from keytech.econometrics.binary import contributions

    full = np.column_stack([np.ones(len(x)), x])
    w = np.ones(len(x)) if weights is None else weights
    none = np.empty((len(x), 0), dtype=np.uint32)
    fits = []
    for j in range(outcome.max()):
        above = (outcome > j).astype(float)
        found = maximise(
            contributions(above, "logit"),
            full,
            none,
            weights,
            np.zeros(len(x)),
            f"logit of y > level {j + 1}",
        )
        if np.abs(found.eta).max() > 30:
            raise EstimationError(f"a term predicts y > level {j + 1} perfectly")
        fits.append(found)
    probabilities = [1 / (1 + np.exp(-found.eta)) for found in fits]
    bread = [inverse(cross(full, full, w * p * (1 - p))) for p in probabilities]
    size = full.shape[1]
    covariance = np.empty((size * len(fits),) * 2)
    for i in range(len(fits)):
        for j in range(i, len(fits)):
            joint = w * (probabilities[j] - probabilities[i] * probabilities[j])
            block = bread[i] @ cross(full, full, joint) @ bread[j]
            covariance[i * size : (i + 1) * size, j * size : (j + 1) * size] = block
            covariance[j * size : (j + 1) * size, i * size : (i + 1) * size] = block.T
    return np.array([found.beta for found in fits]), covariance


def brant(betas: np.ndarray, covariance: np.ndarray, names: list[str], slopes: list[str]) -> dict[str, float]:
    """Wald tests that a slope is the same at every threshold: per term (J-2 df) and for all terms together."""
    n_cuts, size = betas.shape
    stacked = betas.reshape(-1)

    def wald(positions: list[int]) -> float:
        rows = []
        for cut in range(1, n_cuts):
            for position in positions:
                row = np.zeros(len(stacked))
                row[position], row[cut * size + position] = 1.0, -1.0
                rows.append(row)
        contrast = np.array(rows)
        gap = contrast @ stacked
        return float(gap @ np.linalg.solve(contrast @ covariance @ contrast.T, gap))

    found: dict[str, float] = {}
    for position, name in enumerate(names, start=1):
        if name in slopes:
            chi2 = wald([position])
            found |= {f"brant_chi2.{name}": chi2, f"brant_p.{name}": chi2_tail(chi2, n_cuts - 1)}
    total = wald(list(range(1, size)))
    df = (size - 1) * (n_cuts - 1)
    return {"brant_chi2": total, "brant_p": chi2_tail(total, df), "brant_df": df, **found}


def likelihood_ratio(x, outcome, weights, restricted: float, start: np.ndarray) -> dict[str, float]:
    """LR of the ordered logit against a cumulative logit with free slopes (`gologit2`, `vglm(cumulative)`)."""
    full = np.column_stack([np.ones(len(x)), x])
    w = np.ones(len(x)) if weights is None else weights
    free = _free_log_lik(full, outcome, w, start)
    chi2 = 2 * (free - restricted)
    df = x.shape[1] * (len(start) - 1)
    return {
        "parallel_lines_chi2": chi2,
        "parallel_lines_df": df,
        "parallel_lines_p": chi2_tail(chi2, df),
    }


def _free_log_lik(full: np.ndarray, outcome: np.ndarray, w: np.ndarray, start: np.ndarray) -> float:
    """Maximum over slopes by threshold, P(y > j) = logistic(x b_j), inside the region where all p > 0."""
    scale = np.concatenate([[1.0], full[:, 1:].std(axis=0)])
    full = full / scale
    beta = start * scale
    if not np.isfinite(_free_derivatives(full, outcome, w, beta)[0]):
        beta = np.zeros_like(beta)
        shares = 1 - np.cumsum(np.bincount(outcome, w) / w.sum())[:-1]
        beta[:, 0] = np.log(shares / (1 - shares))

    def likelihood(theta):
        return _free_derivatives(full, outcome, w, theta.reshape(beta.shape))

    return maximise_dense(likelihood, beta.ravel(), "cumulative logit with free slopes")[1]


def _free_derivatives(full, outcome, w, beta) -> tuple[float, np.ndarray, np.ndarray]:
    n, size = full.shape
    n_cuts = len(beta)
    above = 1 / (1 + np.exp(-np.clip(full @ beta.T, -700, 700)))
    survival = np.column_stack([np.ones(n), above, np.zeros(n)])
    rows = np.arange(n)
    probability = survival[rows, outcome] - survival[rows, outcome + 1]
    if (probability <= 0).any():
        return -np.inf, np.empty(0), np.empty(0)
    density = above * (1 - above)
    curvature = density * (1 - 2 * above)
    first = np.zeros((n, n_cuts))
    second = np.zeros((n, n_cuts, n_cuts))
    for j in range(n_cuts):
        sign = (outcome == j + 1).astype(float) - (outcome == j)
        first[:, j] = sign * density[:, j] / probability
        second[:, j, j] = sign * curvature[:, j] / probability
    second -= first[:, :, None] * first[:, None, :]
    gradient = ((first * w[:, None]).T @ full).reshape(-1)
    hessian = np.empty((n_cuts * size,) * 2)
    for i in range(n_cuts):
        for j in range(n_cuts):
            block = (full * (w * second[:, i, j])[:, None]).T @ full
            hessian[i * size : (i + 1) * size, j * size : (j + 1) * size] = block
    return float(w @ np.log(probability)), gradient, hessian
