"""`ologit`: ordered logit with thresholds, parallel-lines likelihood-ratio test and Brant test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.likelihood import likelihood_statistics, robust_vcov
from keytech.econometrics.linear import cluster_statistics, wald_test
from keytech.econometrics.result import Estimate, coefficient_table, table_from_errors
from keytech.econometrics.sample import Design, prepare
from keytech.econometrics.specification import Specification


def run(specification: Specification, data: Any) -> Estimate:
    """Proportional odds, P(y <= j) = logistic(cut_j - x b); observed information; `cut1`, ... after the slopes.

    Effects enter as dummies and are not reported.
    """
    from keytech.econometrics.binary import without_collinear

    design = prepare(specification, data, drop_singletons=False)
    if design.endog_names:
        raise EstimationError("'ologit' takes no instruments")
    slopes = list(name for name in design.x_names if name != "(Intercept)")
    design = with_dummies(design.without(["(Intercept)"]))
    levels, outcome = np.unique(design.y, return_inverse=True)
    if len(levels) < 3:
        raise EstimationError(
            f"outcome {design.formula.outcome!r} has {len(levels)} levels; an ordered model needs 3"
        )
    if len(levels) > max(20, design.n // 5):
        raise EstimationError(
            f"outcome {design.formula.outcome!r} has {len(levels)} levels: not an ordered category"
        )
    design, notes = without_collinear(_with_constant(design))
    design = design.without(["(Intercept)"])
    fit = fit_ordered(design.x, outcome, design.weights)
    result = _estimate(specification, design, fit, outcome, levels)
    kept = [name for name in slopes if name in design.x_names]
    return _only(
        specification,
        replace(result, warnings=(*design.warnings, *notes)),
        [*kept, *cut_names(len(levels))],
        design,
        fit,
        kept,
    )


def cut_names(n_levels: int) -> list[str]:
    return [f"cut{index + 1}" for index in range(n_levels - 1)]


def with_dummies(design: Design) -> Design:
    """Effects as columns, the first level of each left out."""
    blocks, names = [design.x], list(design.x_names)
    for effect, code in zip(design.formula.effect_names, design.codes.T, strict=True):
        blocks.append((code[:, None] == np.arange(1, int(code.max()) + 1)).astype(float))
        names += [f"{effect}::{level}" for level in range(1, int(code.max()) + 1)]
    empty = np.empty((design.n, 0), dtype=np.uint32)
    formula = replace(design.formula, effects=())
    return replace(design, x=np.column_stack(blocks), x_names=names, codes=empty, formula=formula)


def _with_constant(design: Design) -> Design:
    x = np.column_stack([np.ones(design.n), design.x])
    return replace(design, x=x, x_names=["(Intercept)", *design.x_names])


@dataclass(frozen=True)
class OrderedFit:
    """theta (k + J - 1,): slopes then thresholds; inverse information; row scores (n, k + J - 1)."""

    theta: np.ndarray
    bread: np.ndarray
    scores: np.ndarray
    log_lik: float


def fit_ordered(x: np.ndarray, outcome: np.ndarray, weights: np.ndarray | None) -> OrderedFit:
    """Newton's method; x (n, k), outcome codes 0..J-1 (n,)."""
    n, k = x.shape
    w = np.ones(n) if weights is None else weights
    scale = x.std(axis=0)
    standard = (x - x.mean(axis=0)) / scale
    shares = np.cumsum(np.bincount(outcome, w) / w.sum())[:-1]
    theta = np.concatenate([np.zeros(k), np.log(shares / (1 - shares))])
    value, scores, hessian = _derivatives(theta, standard, outcome, w)
    for _ in range(200):
        gradient = scores.sum(axis=0)
        step = np.linalg.solve(-hessian, gradient)
        if gradient @ step < 1e-18 * (1 + abs(value)):
            break
        size = 1.0
        while True:
            candidate = theta + size * step
            trial = _derivatives(candidate, standard, outcome, w)
            if trial[0] >= value - 1e-13 * abs(value):
                break
            size /= 2
            if size < 1e-12:
                raise EstimationError("ologit: no step increases the likelihood (perfect prediction?)")
        theta, (value, scores, hessian) = candidate, trial
    else:
        raise EstimationError("ologit: no convergence in 200 steps (perfect prediction?)")
    return _unstandardise(theta, scores, hessian, value, x.mean(axis=0), scale)


def _unstandardise(theta, scores, hessian, value, mean, scale) -> OrderedFit:
    k = len(scale)
    back = np.eye(len(theta))
    back[:k, :k] = np.diag(1 / scale)
    back[k:, :k] = np.tile(mean / scale, (len(theta) - k, 1))
    if np.linalg.cond(hessian) > 1e14:
        raise EstimationError(
            "ologit: the information matrix is singular; a term predicts the outcome perfectly"
        )
    bread = back @ np.linalg.inv(-hessian) @ back.T
    return OrderedFit(back @ theta, bread, scores @ np.linalg.inv(back), value)


def _derivatives(theta, x, outcome, w) -> tuple[float, np.ndarray, np.ndarray]:
    """Log-likelihood, row scores (n, p) and Hessian (p, p)."""
    from scipy.special import expit

    k = x.shape[1]
    cuts = theta[k:]
    if (np.diff(cuts) <= 0).any():
        return -np.inf, np.empty(0), np.empty(0)
    index = x @ theta[:k]
    edges = np.concatenate([[-np.inf], cuts, [np.inf]])
    upper, lower = edges[outcome + 1] - index, edges[outcome] - index
    big_f, small_f = expit(upper), expit(lower)
    probability = np.where(lower > 0, expit(-lower) - expit(-upper), big_f - small_f)
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = big_f * (1 - big_f) / probability, small_f * (1 - small_f) / probability
        value = float(w @ np.log(probability))
    if not np.isfinite(value):
        return -np.inf, np.empty(0), np.empty(0)
    hot = (
        (outcome[:, None] == np.arange(len(cuts))).astype(float),
        (outcome[:, None] - 1 == np.arange(len(cuts))).astype(float),
    )
    d_upper, d_lower = np.column_stack([-x, hot[0]]), np.column_stack([-x, hot[1]])
    row = d_upper * a[:, None] - d_lower * b[:, None]
    second = (d_upper * (w * a * (1 - 2 * big_f))[:, None]).T @ d_upper - (
        d_lower * (w * b * (1 - 2 * small_f))[:, None]
    ).T @ d_lower
    return value, row * w[:, None], second - (row * w[:, None]).T @ row


def _estimate(specification: Specification, design: Design, fit: OrderedFit, outcome, levels) -> Estimate:
    settings = specification.settings
    terms = [*design.x_names, *cut_names(len(levels))]
    vcov = robust_vcov(
        fit.bread, fit.scores, specification.vcov_kind, settings.small_sample, design, len(terms)
    )
    w = np.ones(design.n) if design.weights is None else design.weights
    shares = np.bincount(outcome, w)
    null = float(shares @ np.log(shares / shares.sum()))
    k = len(design.x_names)
    statistics = {"n_obs": design.n, **likelihood_statistics(fit.log_lik, null, design.n, len(terms))}
    statistics |= wald_test(fit.theta[:k], vcov[:k, :k], terms[:k], None) | cluster_statistics(design)
    table = coefficient_table(terms, fit.theta, vcov, None, settings.confidence_level)
    return Estimate("ologit", specification.formula, table, statistics, design.account(), vcov=vcov)


def _only(
    specification: Specification,
    result: Estimate,
    terms: list[str],
    design: Design,
    fit: OrderedFit,
    slopes: list[str],
) -> Estimate:
    """Report the named terms; add the tests of parallel lines and marginal effects."""
    from keytech.econometrics.parallel_lines import parallel_lines_statistics

    keep = result.coefficients["term"].isin(terms).to_numpy()
    table = result.coefficients[keep].reset_index(drop=True)
    statistics, notes = parallel_lines_statistics(design, fit, slopes)
    tables = {}
    if specification.settings.marginal_effects:
        effects = ordered_marginal_effects(
            design.x,
            fit.theta,
            result.vcov,
            design.x_names,
            specification.settings.confidence_level,
            design.weights,
        )
        tables["marginal_effects"] = effects[effects["term"].isin(slopes)].reset_index(drop=True)
    return replace(
        result,
        coefficients=table,
        vcov=result.vcov[np.ix_(keep, keep)],
        statistics=result.statistics | statistics,
        warnings=(*result.warnings, *notes),
        tables=tables,
    )


def ordered_marginal_effects(
    x: np.ndarray,
    theta: np.ndarray,
    vcov: np.ndarray,
    names: list[str],
    level: float,
    weights: np.ndarray | None = None,
):
    """Average marginal effect of each term on the probability of each level, weighted, delta method."""
    from scipy.special import expit

    k = x.shape[1]
    edges = np.concatenate([[-np.inf], theta[k:], [np.inf]])

    def effects(parameters: np.ndarray) -> np.ndarray:
        bounds = (
            np.concatenate([[-np.inf], parameters[k:], [np.inf]])[None, :] - (x @ parameters[:k])[:, None]
        )
        density = expit(bounds) * (1 - expit(bounds))
        mean = np.average(density[:, :-1] - density[:, 1:], axis=0, weights=weights)
        return np.outer(mean, parameters[:k]).ravel()

    step = 1e-6 * np.maximum(1, np.abs(theta))
    gradient = np.column_stack(
        [
            (effects(theta + unit) - effects(theta - unit)) / (2 * size)
            for unit, size in zip(np.diag(step), step, strict=True)
        ]
    )
    errors = np.sqrt(np.einsum("ij,jk,ik->i", gradient, vcov, gradient))
    labels = [name for _ in range(len(edges) - 1) for name in names]
    table = table_from_errors(labels, effects(theta), errors, None, level)
    return table.assign(level=np.repeat(np.arange(1, len(edges)), k))
