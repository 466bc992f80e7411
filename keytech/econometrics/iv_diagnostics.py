"""Identification, weak-instrument and specification tests of 2SLS on partialled-out arrays.

Sources: Kleibergen and Paap 2006; Cragg and Donald 1993; Sanderson and Windmeijer 2016; Montiel Olea and Pflueger
2013; Anderson and Rubin 1949; Hansen 1982; Baum, Schaffer and Stillman 2007 for the degrees of freedom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from keytech.econometrics.laws import chi2_tail
from keytech.econometrics.linear_algebra import cross, inverse, least_squares
from keytech.econometrics.variance import meat, smallest

if TYPE_CHECKING:
    from keytech.econometrics.instrumental import IvParts


# Critical values of the size test of Stock and Yogo 2005 (table 5.2): a literature constant by the numbers of endogenous
# terms and excluded instruments. Exactly identified designs only; the values for two terms are not verified.
STOCK_YOGO_SIZE = {(1, 1): (16.38, 8.96, 6.66, 5.53), (2, 2): (7.03, 4.58, 3.95, 3.63)}


def all_statistics(parts: IvParts, level: float) -> tuple[dict[str, Any], list[str]]:
    """Every diagnostic that applies, and a named warning for each that this data does not allow."""
    from keytech.econometrics.anderson_rubin import anderson_rubin

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
    """F of the excluded instruments and Sanderson-Windmeijer F per endogenous term; effective F; critical values."""
    statistics = {}
    for index, name in enumerate(parts.endog_names):
        statistics[f"first_stage_f.{name}"] = excluded_f(parts, index)
        statistics[f"sw_f.{name}"] = sanderson_windmeijer(parts, index)
    statistics["effective_f"] = effective_f(parts)
    critical = STOCK_YOGO_SIZE.get((len(parts.endog_names), parts.instr.shape[1]), ())
    return statistics | dict(
        zip((f"stock_yogo_{size}pct" for size in (10, 15, 20, 25)), critical, strict=False)
    )


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


def net_of_exogenous(parts: IvParts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y, endogenous and instruments with the exogenous partialled out."""
    if not parts.exog.shape[1]:
        return parts.y, parts.endog, parts.instr
    both = np.column_stack([parts.y, parts.endog, parts.instr])
    rest = both - parts.exog @ least_squares(parts.exog, both)
    m = parts.endog.shape[1]
    return rest[:, 0], rest[:, 1 : 1 + m], rest[:, 1 + m :]


def first_stage_df(parts: IvParts) -> int:
    return parts.n - parts.instr.shape[1] - parts.exog.shape[1] - parts.absorbed


def small_factor(parts: IvParts) -> float:
    """Factor that turns an n-scaled Wald statistic into one with first-stage degrees of freedom."""
    left = first_stage_df(parts)
    if parts.kind != "cluster":
        return left / parts.n
    groups = smallest(parts.clusters)
    return left / (parts.n - 1) * (groups - 1) / groups


def score_variance(scores: np.ndarray, parts: IvParts, z: np.ndarray, residual: np.ndarray) -> np.ndarray:
    """Sum of squares of z times residual; (l m, l m) for residual (n, m), instruments fastest within a residual."""
    if parts.kind == "iid":
        return np.kron(residual.T @ residual / parts.n, z.T @ z)
    return meat(scores, parts.clusters)


def full_rank(matrix: np.ndarray) -> np.ndarray:
    """The covariance itself; LinAlgError where its rank is not full, as with fewer clusters than rows."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    if np.linalg.matrix_rank(matrix / np.outer(scale, scale), tol=1e-10, hermitian=True) < len(matrix):
        raise np.linalg.LinAlgError("singular")
    return matrix


def quadratic_form(vector: np.ndarray, covariance: np.ndarray) -> float:
    """vector' covariance^-1 vector."""
    return float(vector @ np.linalg.solve(full_rank(covariance), vector))


def kleibergen_paap(parts: IvParts) -> dict[str, float]:
    """rk LM test of under-identification and rk Wald F (Kleibergen and Paap 2006, as in ranktest and ivreg2)."""
    _, x, z = net_of_exogenous(parts)
    k, n_instr = x.shape[1], z.shape[1]
    pi = least_squares(z, x)
    lm = _rank_statistic(parts, x, z, pi, x)
    wald = _rank_statistic(parts, x, z, pi, x - z @ pi)
    df = n_instr - k + 1
    return {
        "kp_rk_lm": lm,
        "kp_rk_lm_p": chi2_tail(lm, df),
        "kp_rk_wald_f": wald * small_factor(parts) / n_instr,
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
    variance = scale @ score_variance(scores, parts, z, residual) @ scale.T
    return quadratic_form(lam, select @ variance @ select.T)


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def cragg_donald(parts: IvParts) -> float:
    """Cragg-Donald Wald F: the smallest eigenvalue of the homoskedastic first stages."""
    _, x, z = net_of_exogenous(parts)
    fitted = z @ least_squares(z, x)
    unexplained = x - fitted
    half = np.linalg.inv(np.linalg.cholesky(unexplained.T @ unexplained))
    smallest_root = np.linalg.eigvalsh(half @ (fitted.T @ fitted) @ half.T).min()
    return float(smallest_root * first_stage_df(parts) / z.shape[1])


def first_stage(parts: IvParts, index: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients, variance and degrees of freedom of the first stage of one endogenous term."""
    regressors = np.column_stack([parts.instr, parts.exog])
    beta = least_squares(regressors, parts.endog[:, index])
    residual = parts.endog[:, index] - regressors @ beta
    bread = inverse(cross(regressors, regressors))
    left = first_stage_df(parts)
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
    return quadratic_form(beta[:n_instr], vcov[:n_instr, :n_instr]) / n_instr


def sanderson_windmeijer(parts: IvParts, index: int) -> float:
    """Conditional F of one endogenous term given the others (Sanderson and Windmeijer 2016)."""
    _, x, z = net_of_exogenous(parts)
    k, n_instr = x.shape[1], z.shape[1]
    if k == 1:
        return excluded_f(parts, index)
    others = np.delete(x, index, axis=1)
    projected = z @ least_squares(z, others)
    target = x[:, index] - others @ least_squares(projected, x[:, index])
    kappa = least_squares(z, target)
    residual = (target - z @ kappa)[:, None]
    bread = inverse(cross(z, z))
    vcov = bread @ score_variance(z * residual, parts, z, residual) @ bread
    return quadratic_form(kappa, vcov) * small_factor(parts) / (n_instr - k + 1)


def effective_f(parts: IvParts) -> float:
    """Effective F of Montiel Olea and Pflueger 2013; with several endogenous terms its least eigenvalue, g_min of Lewis
    and Mertens 2022. Equals the robust first-stage F with one instrument, Cragg-Donald's F with iid errors."""
    _, x, z = net_of_exogenous(parts)
    pi = least_squares(z, x)
    residual = x - z @ pi
    k, n_instr = x.shape[1], z.shape[1]
    scores = np.concatenate([residual[:, [j]] * z for j in range(k)], axis=1)
    meat_blocks = score_variance(scores, parts, z, residual).reshape(k, n_instr, k, n_instr)
    noise = np.einsum("iljm,ml->ij", meat_blocks, inverse(cross(z, z))) / small_factor(parts)
    half = np.linalg.inv(np.linalg.cholesky(noise))
    return float(np.linalg.eigvalsh(half @ (pi.T @ (z.T @ z) @ pi) @ half.T).min())


def overidentification(parts: IvParts) -> dict[str, float]:
    """Hansen J at the two-step efficient GMM estimate; Sargan where errors are iid. Absent if just identified."""
    df = parts.instr.shape[1] - parts.endog.shape[1]
    if df == 0:
        return {}
    regressors = np.column_stack([parts.endog, parts.exog])
    z = np.column_stack([parts.instr, parts.exog])
    projected = z @ least_squares(z, regressors)
    residual = parts.y - regressors @ least_squares(projected, parts.y)
    j = _gmm_j(parts, regressors, z, _moment_variance(parts, z, residual))
    return {"hansen_j": j, "hansen_j_p": chi2_tail(j, df), "hansen_j_df": df}


def _moment_variance(parts: IvParts, z: np.ndarray, residual: np.ndarray) -> np.ndarray:
    return full_rank(score_variance(z * residual[:, None], parts, z, residual[:, None]))


def _gmm_j(parts: IvParts, regressors: np.ndarray, z: np.ndarray, s: np.ndarray) -> float:
    """Minimised GMM criterion with weight s^-1."""
    root = np.linalg.cholesky(s)
    moments = np.linalg.solve(root, z.T @ np.column_stack([parts.y, regressors]))
    left = moments[:, 0] - moments[:, 1:] @ least_squares(moments[:, 1:], moments[:, 0])
    return float(left @ left)


def endogeneity(parts: IvParts) -> dict[str, float]:
    """Difference-in-J test that the endogenous terms are exogenous (`ivreg2, endog()`; Hayashi 2000, p. 220)."""
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
    return {"endogeneity_chi2": chi2, "endogeneity_p": chi2_tail(chi2, m)}
