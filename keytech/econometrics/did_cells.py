"""One two-group, two-period comparison with covariates (Sant'Anna and Zhao 2020; R package DRDID)."""

from __future__ import annotations

import numpy as np

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.linear_algebra import least_squares

_TRIM = 0.995


def att_cell(
    method: str, change: np.ndarray, x: np.ndarray, treated: np.ndarray, weight: np.ndarray
) -> tuple[float, np.ndarray]:
    """ATT and influence function (n,) from outcome changes (n,), covariates with constant x (n, k), treated (n,).

    `reg` outcome regression (reg_did_panel), `ipw` normalised weighting (std_ipw_did_panel), `dr` both (drdid_panel).
    """
    if x.shape[1] == 1 and method != "reg":
        method = "reg"
    if method == "reg":
        return _regression(change, x, treated, weight)
    if method == "ipw":
        return _weighting(change, x, treated, weight)
    return _doubly_robust(change, x, treated, weight)


def _outcome(change, x, treated, weight) -> tuple[np.ndarray, np.ndarray]:
    """Predicted change of the controls and the asymptotic representation (n, k) of its coefficients."""
    n, w = len(x), weight * (1 - treated)
    used = w > 0
    if used.sum() < x.shape[1] or np.linalg.matrix_rank(x[used]) < x.shape[1]:
        raise EstimationError("covariates are collinear among the comparison units")
    beta = least_squares(x[used], change[used], w[used])
    predicted = x @ beta
    gram = (x * w[:, None]).T @ x / n
    return predicted, (x * (w * (change - predicted))[:, None]) @ np.linalg.inv(gram)


def _propensity(x, treated, weight) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Score, trimming mask and the asymptotic representation (n, k) of its logit coefficients."""
    from keytech.econometrics.binary import contributions
    from keytech.econometrics.newton import maximise

    n = len(x)
    none = np.empty((n, 0), dtype=np.uint32)
    fit = maximise(contributions(treated, "logit"), x, none, weight, np.zeros(n), "propensity score")
    score = np.minimum(1 / (1 + np.exp(-fit.eta)), 1 - 1e-6)
    keep = (treated == 1) | (score < _TRIM)
    return score, keep.astype(float), (x * (weight * (treated - score))[:, None]) @ fit.bread * n


def _regression(change, x, treated, weight):
    predicted, linear = _outcome(change, x, treated, weight)
    w = weight * treated
    mean_w = w.mean()
    eta_treat, eta_control = (w * change).mean() / mean_w, (w * predicted).mean() / mean_w
    treat = w * (change - eta_treat) / mean_w
    control = (w * (predicted - eta_control) + linear @ (w[:, None] * x).mean(axis=0)) / mean_w
    return float(eta_treat - eta_control), treat - control


def _weighting(change, x, treated, weight):
    score, keep, linear = _propensity(x, treated, weight)
    w_treat = keep * weight * treated
    w_control = keep * weight * score * (1 - treated) / (1 - score)
    eta_treat = (w_treat * change).mean() / w_treat.mean()
    eta_control = (w_control * change).mean() / w_control.mean()
    treat = w_treat * (change - eta_treat) / w_treat.mean()
    slope = ((w_control * (change - eta_control))[:, None] * x).mean(axis=0)
    control = (w_control * (change - eta_control) + linear @ slope) / w_control.mean()
    return float(eta_treat - eta_control), treat - control


def _doubly_robust(change, x, treated, weight):
    score, keep, linear_score = _propensity(x, treated, weight)
    predicted, linear = _outcome(change, x, treated, weight)
    w_treat = keep * weight * treated
    w_control = keep * weight * score * (1 - treated) / (1 - score)
    left = change - predicted
    eta_treat = (w_treat * left).mean() / w_treat.mean()
    eta_control = (w_control * left).mean() / w_control.mean()
    treat = (w_treat * (left - eta_treat) - linear @ (w_treat[:, None] * x).mean(axis=0)) / w_treat.mean()
    slope = ((w_control * (left - eta_control))[:, None] * x).mean(axis=0)
    control = (
        w_control * (left - eta_control)
        + linear_score @ slope
        - linear @ (w_control[:, None] * x).mean(axis=0)
    )
    return float(eta_treat - eta_control), treat - control / w_control.mean()
