"""Identification, weak-instrument and specification tests of 2SLS on partialled-out arrays.

Sources: Kleibergen and Paap 2006; Cragg and Donald 1993; Sanderson and Windmeijer 2016; Montiel Olea and Pflueger
2013; Anderson and Rubin 1949; Hansen 1982; Baum, Schaffer and Stillman 2007 for the degrees of freedom.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from keytech.econometrics.linear_algebra import cross, inverse, least_squares
from keytech.econometrics.variance import meat, smallest

if TYPE_CHECKING:
    from keytech.econometrics.instrumental import IvParts


def all_statistics(parts: IvParts, level: float) -> tuple[dict[str, Any], list[str]]:
    """Every diagnostic that applies, and a named warning for each that this data does not allow."""
    groups = {
        "Kleibergen-Paap": lambda: kleibergen_paap(parts),
        "Cragg-Donald": lambda: {"cragg_donald_f": cragg_donald(parts)},
        "first stages": lambda: first_stage_statistics(parts),
        "Anderson-Rubin": lambda: anderson_rubin(parts, level),
        "overidentification": lambda: overidentification(parts),
        "endogeneity": lambda: endogeneity(parts),
    }
    statistics: dict[str, Any] = {}
    missing = []
    for name, compute in groups.items():
        try:
            statistics |= compute()
        except np.linalg.LinAlgError:
            moments = parts.instr.shape[1] + parts.exog.shape[1]
            reason = (
                f"{smallest(parts.clusters)} clusters for {moments} moments"
                if parts.clusters
                else "collinear moments"
            )
            missing.append(f"{name} test not available: its covariance matrix is singular ({reason})")
    return statistics, missing


def first_stage_statistics(parts: IvParts) -> dict[str, float]:
    """F of the excluded instruments and Sanderson-Windmeijer F per endogenous term; effective F with one."""
    statistics = {}
    for index, name in enumerate(parts.endog_names):
        statistics[f"first_stage_f.{name}"] = excluded_f(parts, index)
        statistics[f"sw_f.{name}"] = sanderson_windmeijer(parts, index)
    if len(parts.endog_names) == 1:
        statistics["effective_f"] = effective_f(parts)
    return statistics


def notes(statistics: dict[str, Any], parts: IvParts) -> list[str]:
    """Named warnings that a reader of the table needs."""
    found = []
    if statistics.get("kp_rk_wald_f", np.inf) < 10:
        found.append(
            f"weak instruments: Kleibergen-Paap F {statistics['kp_rk_wald_f']:.2f}; use anderson_rubin"
        )
    shape = statistics.get("anderson_rubin_set")
    if shape in ("unbounded", "whole line", "two rays", "empty"):
        found.append(f"the Anderson-Rubin confidence set of {parts.endog_names[0]} is {shape}")
    return found


def _net(parts: IvParts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y, endogenous and instruments with the exogenous partialled out."""
    if not parts.exog.shape[1]:
        return parts.y, parts.endog, parts.instr
    both = np.column_stack([parts.y, parts.endog, parts.instr])
    rest = both - parts.exog @ least_squares(parts.exog, both)
    m = parts.endog.shape[1]
    return rest[:, 0], rest[:, 1 : 1 + m], rest[:, 1 + m :]


def _residual_df(parts: IvParts) -> int:
    return parts.n - parts.instr.shape[1] - parts.exog.shape[1] - parts.absorbed


def _small(parts: IvParts) -> float:
    """Factor that turns an n-scaled Wald statistic into one with first-stage degrees of freedom."""
    left = _residual_df(parts)
    if parts.kind != "cluster":
        return left / parts.n
    groups = smallest(parts.clusters)
    return left / (parts.n - 1) * (groups - 1) / groups


def _score_variance(scores: np.ndarray, parts: IvParts, z: np.ndarray, residual: np.ndarray) -> np.ndarray:
    """Sum of squares of z times residual; (l m, l m) for residual (n, m), instruments fastest within a residual."""
    if parts.kind == "iid":
        return np.kron(residual.T @ residual / parts.n, z.T @ z)
    return _full_rank(meat(scores, parts.clusters), parts)


def _full_rank(matrix: np.ndarray, parts: IvParts) -> np.ndarray:
    """Refuse a clustered covariance whose rank the number of clusters limits."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    if parts.clusters and np.linalg.matrix_rank(
        matrix / np.outer(scale, scale), tol=1e-10, hermitian=True
    ) < len(matrix):
        raise np.linalg.LinAlgError("singular")
    return matrix


def kleibergen_paap(parts: IvParts) -> dict[str, float]:
    """rk LM test of under-identification and rk Wald F (Kleibergen and Paap 2006, as in ranktest and ivreg2)."""
    from scipy import stats

    _, x, z = _net(parts)
    k, n_instr = x.shape[1], z.shape[1]
    pi = least_squares(z, x)
    lm = _rank_statistic(parts, x, z, pi, x)
    wald = _rank_statistic(parts, x, z, pi, x - z @ pi)
    df = n_instr - k + 1
    return {
        "kp_rk_lm": lm,
        "kp_rk_lm_p": float(stats.chi2.sf(lm, df)),
        "kp_rk_wald_f": wald * _small(parts) / n_instr,
    }


def _rank_statistic(
    parts: IvParts, x: np.ndarray, z: np.ndarray, pi: np.ndarray, residual: np.ndarray
) -> float:
    """rk statistic of rank(pi) = k - 1, chi-squared with (l - k + 1) degrees of freedom."""
    k = x.shape[1]
    q = k - 1
    g, f = np.linalg.cholesky(x.T @ x), np.linalg.cholesky(z.T @ z)
    theta = f.T @ pi @ np.linalg.inv(g.T)
    u, _, vt = np.linalg.svd(theta, full_matrices=True)
    v = vt.T
    a = u[:, q:] @ np.linalg.solve(u[q:, q:], _root(u[q:, q:] @ u[q:, q:].T))
    b = _root(v[q:, q:] @ v[q:, q:].T) @ np.linalg.solve(v[q:, q:].T, v[:, q:].T)
    select = np.kron(b, a.T)
    lam = select @ theta.reshape(-1, order="F")
    scores = np.concatenate([residual[:, [j]] * z for j in range(k)], axis=1)
    scale = np.kron(np.linalg.inv(g), np.linalg.inv(f))
    variance = scale @ _score_variance(scores, parts, z, residual) @ scale.T
    return float(lam @ np.linalg.solve(select @ variance @ select.T, lam))


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def cragg_donald(parts: IvParts) -> float:
    """Cragg-Donald Wald F: the smallest eigenvalue of the homoskedastic first stages."""
    _, x, z = _net(parts)
    fitted = z @ least_squares(z, x)
    unexplained = x - fitted
    half = np.linalg.inv(np.linalg.cholesky(unexplained.T @ unexplained))
    smallest_root = np.linalg.eigvalsh(half @ (fitted.T @ fitted) @ half.T).min()
    return float(smallest_root * _residual_df(parts) / z.shape[1])


def first_stage(parts: IvParts, index: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients, variance and degrees of freedom of the first stage of one endogenous term."""
    regressors = np.column_stack([parts.instr, parts.exog])
    beta = least_squares(regressors, parts.endog[:, index])
    residual = parts.endog[:, index] - regressors @ beta
    bread = inverse(cross(regressors, regressors))
    left = _residual_df(parts)
    if parts.kind == "iid":
        return beta, bread * (residual @ residual) / left, left
    scores = regressors * residual[:, None]
    groups = smallest(parts.clusters) if parts.clusters else parts.n
    factor = (parts.n - 1) / left * groups / (groups - 1)
    return beta, bread @ meat(scores, parts.clusters) @ bread * factor, groups - 1 if parts.clusters else left


def excluded_f(parts: IvParts, index: int) -> float:
    """F test of the excluded instruments in the first stage of one endogenous term."""
    n_instr = parts.instr.shape[1]
    beta, vcov, _ = first_stage(parts, index)
    return float(beta[:n_instr] @ np.linalg.solve(vcov[:n_instr, :n_instr], beta[:n_instr]) / n_instr)


def sanderson_windmeijer(parts: IvParts, index: int) -> float:
    """Conditional F of one endogenous term given the others (Sanderson and Windmeijer 2016)."""
    _, x, z = _net(parts)
    k, n_instr = x.shape[1], z.shape[1]
    if k == 1:
        return excluded_f(parts, index)
    others = np.delete(x, index, axis=1)
    projected = z @ least_squares(z, others)
    target = x[:, index] - others @ least_squares(projected, x[:, index])
    kappa = least_squares(z, target)
    residual = (target - z @ kappa)[:, None]
    bread = inverse(cross(z, z))
    vcov = bread @ _score_variance(z * residual, parts, z, residual) @ bread
    wald = float(kappa @ np.linalg.solve(vcov, kappa))
    return wald * _small(parts) / (n_instr - k + 1)


def effective_f(parts: IvParts) -> float:
    """Effective F of Montiel Olea and Pflueger 2013; equals the robust first-stage F with one instrument."""
    _, x, z = _net(parts)
    pi = least_squares(z, x[:, 0])
    _, vcov, _ = first_stage(parts, 0)
    n_instr = z.shape[1]
    gram = z.T @ z
    return float(pi @ gram @ pi / np.trace(vcov[:n_instr, :n_instr] @ gram))


class _ReducedForm:
    """Wald statistic of the instruments in the reduced form of y - x b0, for any b0 (k,)."""

    def __init__(self, parts: IvParts):
        y, x, self.z = _net(parts)
        self.parts, self.stacked = parts, np.column_stack([y, x])
        self.pi = least_squares(self.z, self.stacked)
        residual = self.stacked - self.z @ self.pi
        scores = np.concatenate([residual[:, [j]] * self.z for j in range(residual.shape[1])], axis=1)
        self.bread = inverse(cross(self.z, self.z))
        self.meat = _score_variance(scores, parts, self.z, residual)

    def wald(self, b0: np.ndarray) -> float:
        weights = np.concatenate([[1.0], -b0])
        select = np.kron(weights[None, :], np.eye(self.z.shape[1]))
        middle = select @ self.meat @ select.T
        gap = self.pi @ weights
        return float(gap @ np.linalg.solve(self.bread @ middle @ self.bread, gap))


def anderson_rubin(parts: IvParts, level: float) -> dict[str, Any]:
    """Test that all endogenous coefficients are zero, robust to weak instruments; the F form has the p-value.

    With one endogenous term also the set of values that the test does not reject at `level`.
    """
    from scipy import stats

    form, n_instr = _ReducedForm(parts), parts.instr.shape[1]
    small = _small(parts)
    df = smallest(parts.clusters) - 1 if parts.kind == "cluster" else _residual_df(parts)
    wald = form.wald(np.zeros(parts.endog.shape[1]))
    f = wald * small / n_instr
    found: dict[str, Any] = {
        "anderson_rubin_f": f,
        "anderson_rubin_p": float(stats.f.sf(f, n_instr, df)),
        "anderson_rubin_chi2": wald,
        "anderson_rubin_chi2_p": float(stats.chi2.sf(wald, n_instr)),
    }
    if parts.endog.shape[1] == 1:
        critical = stats.f.ppf(level, n_instr, df) * n_instr / small
        found |= _confidence_set(form, critical)
    return found


def _confidence_set(form: _ReducedForm, critical: float) -> dict[str, Any]:
    """Values b with wald(b) <= critical: sign changes on the circle b = tan(angle), refined by bisection."""
    from scipy.optimize import brentq

    scale = np.linalg.norm(form.stacked[:, 0]) / np.linalg.norm(form.stacked[:, 1])

    def excess(angle: float) -> float:
        return form.wald(np.array([scale * np.tan(angle)])) - critical

    centre = np.arctan(form.pi[:, 0] @ form.z.T @ form.z @ form.pi[:, 1] / scale / _norm2(form))
    grid = np.unique(
        np.concatenate([np.linspace(-np.pi / 2, np.pi / 2, 2001)[1:-1], centre + _fine(), [centre]])
    )
    grid = grid[(grid > -np.pi / 2 + 1e-9) & (grid < np.pi / 2 - 1e-9)]
    values = np.array([excess(angle) for angle in grid])
    roots = [
        scale * np.tan(brentq(excess, low, high, xtol=1e-15, rtol=1e-15))
        for (low, at_low), (high, at_high) in pairwise(zip(grid, values, strict=True))
        if (at_low <= 0) != (at_high <= 0)
    ]
    return _describe(roots, bool(values[0] <= 0), bool(values[-1] <= 0))


def _norm2(form: _ReducedForm) -> float:
    return float(form.pi[:, 1] @ form.z.T @ form.z @ form.pi[:, 1])


def _fine() -> np.ndarray:
    steps = np.logspace(-8, -1, 200)
    return np.concatenate([-steps, steps])


def _describe(roots: list[float], open_left: bool, open_right: bool) -> dict[str, Any]:
    if not roots:
        shape = "whole line" if open_left else "empty"
        low, high = (-np.inf, np.inf) if open_left else (np.nan, np.nan)
    elif open_left and open_right:
        shape, low, high = "two rays", max(roots), min(roots)
    elif open_left or open_right:
        shape, low, high = (
            "unbounded",
            -np.inf if open_left else min(roots),
            np.inf if open_right else max(roots),
        )
    else:
        shape, low, high = "interval", min(roots), max(roots)
    return {
        "anderson_rubin_ci": [low, high],
        "anderson_rubin_ci_low": low,
        "anderson_rubin_ci_high": high,
        "anderson_rubin_set": shape,
    }


def overidentification(parts: IvParts) -> dict[str, float]:
    """Hansen J at the two-step efficient GMM estimate; Sargan where errors are iid. Absent if just identified."""
    from scipy import stats

    df = parts.instr.shape[1] - parts.endog.shape[1]
    if df == 0:
        return {}
    regressors = np.column_stack([parts.endog, parts.exog])
    z = np.column_stack([parts.instr, parts.exog])
    projected = z @ least_squares(z, regressors)
    residual = parts.y - regressors @ least_squares(projected, parts.y)
    j = _gmm_j(parts, regressors, z, _moment_variance(parts, z, residual))
    return {"hansen_j": j, "hansen_j_p": float(stats.chi2.sf(j, df)), "hansen_j_df": df}


def _moment_variance(parts: IvParts, z: np.ndarray, residual: np.ndarray) -> np.ndarray:
    return _score_variance(z * residual[:, None], parts, z, residual[:, None])


def _gmm_j(parts: IvParts, regressors: np.ndarray, z: np.ndarray, s: np.ndarray) -> float:
    """Minimised GMM criterion with weight s^-1."""
    root = np.linalg.cholesky(s)
    moments = np.linalg.solve(root, z.T @ np.column_stack([parts.y, regressors]))
    left = moments[:, 0] - moments[:, 1:] @ least_squares(moments[:, 1:], moments[:, 0])
    return float(left @ left)


def endogeneity(parts: IvParts) -> dict[str, float]:
    """Difference-in-J test that the endogenous terms are exogenous (`ivreg2, endog()`; Hayashi 2000, p. 220)."""
    from scipy import stats

    m = parts.endog.shape[1]
    regressors = np.column_stack([parts.endog, parts.exog])
    z = np.column_stack([parts.instr, parts.endog, parts.exog])
    residual = parts.y - regressors @ least_squares(regressors, parts.y)
    s = _moment_variance(parts, z, residual)
    keep = [
        index for index in range(z.shape[1]) if not parts.instr.shape[1] <= index < parts.instr.shape[1] + m
    ]
    restricted = _gmm_j(parts, regressors, z, s)
    free = _gmm_j(parts, regressors, z[:, keep], s[np.ix_(keep, keep)])
    chi2 = restricted - free
    return {"endogeneity_chi2": chi2, "endogeneity_p": float(stats.chi2.sf(chi2, m))}
