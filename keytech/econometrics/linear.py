"""Least squares with absorbed effects (`ols`): the conventions of reghdfe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from keytech.econometrics.absorb import AbsorbedDof, absorbed_dof
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.laws import chi2_tail, f_tail
from keytech.econometrics.linear_algebra import (
    cross,
    independent,
    inverse,
    least_squares,
    means,
    spread,
    sum_of_squares,
)
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.result import Estimate, coefficient_table
from keytech.econometrics.sample import Design, prepare
from keytech.econometrics.specification import Specification
from keytech.econometrics.variance import NOT_PSD, Factor, meat, ols_factor, repaired, smallest


def run(specification: Specification, data: Any) -> Estimate:
    """OLS or WLS; source: Correia 2017 (reghdfe); multi-way clusters Cameron, Gelbach and Miller 2011."""
    if specification.parsed.endogenous:
        raise EstimationError("the formula has an instrument part: use estimator 'iv'")
    design = prepare(specification, data)
    fit = fit_linear(design, specification.vcov_kind, specification.settings.small_sample)
    return linear_estimate(specification, fit)


@dataclass(frozen=True)
class LinearFit:
    """A fitted least-squares regression; `x` (n, k) holds demeaned regressors, shifted back to their means and
    followed by a constant where effects are absorbed, so that the constant has a variance too."""

    design: Design
    terms: list[str]
    beta: np.ndarray
    vcov: np.ndarray
    x: np.ndarray
    residual: np.ndarray
    dof: AbsorbedDof
    factor: Factor
    within_ss: float
    total_ss: float
    notes: list[str]

    @property
    def slopes(self) -> int:
        return len(self.terms) - ("(Intercept)" in self.terms)


def fit_linear(design: Design, kind: str, convention: str) -> LinearFit:
    """Demean, drop collinear terms, solve, and attach the variance."""
    absorbed = design.codes.shape[1] > 0
    w = normalised(design.weights)
    centred = demean(np.column_stack([design.y, design.x]), design.codes, w)
    y, x = centred[:, 0], centred[:, 1:]
    design, x, notes = drop_collinear(design, x, w)
    _require_variation(design, y, w)
    within_ss, total_ss = _sums(design, y, w)
    terms = list(design.x_names)
    k = len(terms)
    if absorbed:
        mean_y = np.average(design.y, weights=w)
        x = np.column_stack([x + means(design.x, w), np.ones(design.n)])
        y, terms = y + mean_y, [*terms, "(Intercept)"]
    beta = least_squares(x, y, w)
    residual = y - x @ beta
    dof = absorbed_dof(design.codes, design.cluster_codes, convention)
    factor = ols_factor(convention, kind, design.n, k, dof, design.cluster_codes)
    vcov, fixed = sandwich(x, residual, w, kind, factor, design.cluster_codes, slopes=k if absorbed else None)
    if fixed:
        notes.append(NOT_PSD)
    return LinearFit(design, terms, beta, vcov, x, residual, dof, factor, within_ss, total_ss, notes)


def normalised(weights: np.ndarray | None) -> np.ndarray | None:
    """Analytic weights scaled to add up to n."""
    return None if weights is None else weights / weights.mean()


def drop_collinear(
    design: Design, x: np.ndarray, w: np.ndarray | None
) -> tuple[Design, np.ndarray, list[str]]:
    """Leave out terms that the effects or earlier terms explain; each is named."""
    keep = independent(x, spread(design.x, w, design.has_constant or design.codes.shape[1] > 0), w)
    dropped = [name for name, stays in zip(design.x_names, keep, strict=True) if not stays]
    if dropped and not keep.any() and not design.endog_names:
        raise EstimationError(
            f"every term is collinear with the effects or has no variation: {', '.join(dropped)}"
        )
    notes = [f"{name} omitted because of collinearity" for name in dropped]
    return design.without(dropped), x[:, keep], notes


def sandwich(
    x: np.ndarray,
    residual: np.ndarray,
    w: np.ndarray | None,
    kind: str,
    factor: Factor,
    clusters: list[np.ndarray],
    repair: bool = True,
    slopes: int | None = None,
) -> tuple[np.ndarray, bool]:
    """Variance (k, k) of least squares on x (n, k); the flag says that a multi-way variance had to be repaired."""
    bread = inverse(cross(x, x, w))
    weighted = residual if w is None else residual * w
    if kind == "iid":
        return bread * float(residual @ weighted) * factor.scale, False
    vcov = bread @ meat(x * weighted[:, None], clusters) @ bread * factor.scale
    if not repair or len(clusters) < 2:
        return vcov, False
    return repaired(vcov, slopes)


def no_variation(design: Design) -> EstimationError:
    """What to say of an outcome that is constant, or that the effects explain in full."""
    where = " within the absorbed effects" if design.codes.shape[1] else ""
    return EstimationError(
        f"outcome {design.formula.outcome!r} has no variation{where} in the {design.n} rows used"
    )


def _require_variation(design: Design, y: np.ndarray, w: np.ndarray | None) -> None:
    raw = sum_of_squares(design.y[:, None], w)[0]
    left = sum_of_squares((y if design.codes.shape[1] else y - np.average(y, weights=w))[:, None], w)[0]
    if left <= 1e-20 * max(raw, 1e-300):
        raise no_variation(design)


def _sums(design: Design, y: np.ndarray, w: np.ndarray | None) -> tuple[float, float]:
    constant = design.codes.shape[1] > 0 or design.has_constant
    centre = np.average(design.y, weights=w) if constant else 0.0
    total = sum_of_squares((design.y - centre)[:, None], w)[0]
    within = sum_of_squares(y[:, None], w)[0] if design.codes.shape[1] else total
    return float(within), float(total)


def linear_estimate(specification: Specification, fit: LinearFit) -> Estimate:
    """The public result of a fit."""
    design, df = fit.design, fit.factor.df
    table = coefficient_table(fit.terms, fit.beta, fit.vcov, df, specification.settings.confidence_level)
    return Estimate(
        specification.estimator,
        specification.formula,
        table,
        linear_statistics(fit),
        design.account(),
        (*design.warnings, *fit.notes),
        vcov=fit.vcov,
    )


def linear_statistics(fit: LinearFit) -> dict[str, Any]:
    """Fit statistics; degrees of freedom of adj_r2 and rmse count every effect, nested or not, as reghdfe does.

    `log_lik_null` has the effects only (reghdfe), or the constant only where nothing is absorbed (regress).
    """
    design, n = fit.design, fit.design.n
    w = normalised(design.weights)
    rss = float(sum_of_squares(fit.residual[:, None], w)[0])
    constant = bool(design.codes.shape[1]) or design.has_constant
    residual_df = fit.factor.residual_df + fit.dof.total - fit.dof.spent
    mean_square = rss / residual_df if residual_df > 0 else np.nan
    within_df = residual_df + fit.slopes
    statistics = {
        "n_obs": n,
        "r2": 1 - rss / fit.total_ss,
        "adj_r2": 1 - mean_square / (fit.total_ss / (n - constant)),
        "r2_within": 1 - rss / fit.within_ss,
        "adj_r2_within": 1 - mean_square / (fit.within_ss / within_df) if within_df > 0 else np.nan,
        "rmse": float(np.sqrt(mean_square)),
        "rss": rss,
        "tss": fit.total_ss,
        **normal_likelihood(rss, fit.within_ss, n, n - fit.factor.residual_df),
        "df_residual": float(fit.factor.df) if fit.factor.df is not None else None,
        "df_absorbed": fit.dof.counted,
    }
    statistics.update(wald_test(fit.beta, fit.vcov, fit.terms, fit.factor.df))
    statistics.update(cluster_statistics(design))
    return {name: value for name, value in statistics.items() if value is not None}


def normal_likelihood(rss: float, null_ss: float, n: int, parameters: int) -> dict[str, float]:
    """Gaussian log-likelihoods at RSS/N; like Stata and fixest without a term for the weights."""
    log_lik, null = (-n / 2 * (np.log(2 * np.pi * ss / n) + 1) for ss in (rss, null_ss))
    return {
        "log_lik": float(log_lik),
        "log_lik_null": float(null),
        "aic": float(-2 * log_lik + 2 * parameters),
        "bic": float(-2 * log_lik + np.log(n) * parameters),
    }


def wald_test(beta: np.ndarray, vcov: np.ndarray, terms: list[str], df: float | None) -> dict[str, float]:
    """Joint test that every slope is zero: F where t is used, else chi-squared."""
    slopes = [index for index, term in enumerate(terms) if term != "(Intercept)"]
    if not slopes:
        return {}
    block = vcov[np.ix_(slopes, slopes)]
    rank = int(np.linalg.matrix_rank(block, hermitian=True))
    if rank < len(slopes):
        return {}
    chi2 = float(beta[slopes] @ np.linalg.solve(block, beta[slopes]))
    if df is None:
        return {"wald_chi2": chi2, "wald_p": chi2_tail(chi2, rank)}
    return {"f_statistic": chi2 / rank, "f_p": f_tail(chi2 / rank, rank, df)}


def cluster_statistics(design: Design) -> dict[str, int]:
    """`n_clusters` is the smallest number over the cluster variables; each has its own entry when there are several."""
    if not design.clusters:
        return {}
    sizes = {name: int(code.max()) + 1 for name, code in design.clusters.items()}
    several = {f"n_clusters.{name}": size for name, size in sizes.items()} if len(sizes) > 1 else {}
    return {"n_clusters": smallest(design.cluster_codes), **several}
