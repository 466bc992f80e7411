"""`poisson`: Poisson pseudo-maximum likelihood with absorbed effects, as ppmlhdfe."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from keytech.econometrics.absorb import absorbed_dof, not_singleton
from keytech.econometrics.binary import without_collinear
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.likelihood import likelihood_statistics, robust_vcov
from keytech.econometrics.linear import cluster_statistics, wald_test
from keytech.econometrics.linear_algebra import least_squares, means
from keytech.econometrics.newton import IndexFit, maximise
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.result import Estimate, coefficient_table
from keytech.econometrics.sample import Design, prepare
from keytech.econometrics.specification import Specification

_SEPARATED = 1e-4


def run(specification: Specification, data: Any) -> Estimate:
    """PPML; source: Correia, Guimaraes and Zylkin 2020 (ppmlhdfe), separation 2021 (iterative rectifier).

    Asymptotic factors N/(N-1) and G/(G-1), z tests. Cells with zero outcomes only, rows that a combination of terms
    separates, and singletons are dropped and counted.
    """
    design = prepare(specification, data)
    if design.endog_names:
        raise EstimationError("'poisson' takes no instruments")
    require_counts(design)
    design, notes = drop_separated(design)
    design, collinear = without_collinear(design)
    fit = fit_poisson(design)
    return _estimate(specification, design, fit, [*notes, *collinear])


def require_counts(design: Design) -> None:
    """Raise where the outcome is negative or zero throughout."""
    negative = np.flatnonzero(design.y < 0)
    if len(negative):
        row = int(design.rows[negative[0]]) + 1
        raise EstimationError(
            f"outcome {design.formula.outcome!r} is negative in {len(negative)} rows, first in row {row}"
        )
    if not design.y.any():
        raise EstimationError(f"outcome {design.formula.outcome!r} is zero in all {design.n} rows")


def drop_zero_cells(design: Design) -> Design:
    """Drop cells of the effects with zero outcomes only and the singletons this leaves, until none is left."""
    while design.codes.shape[1]:
        before = design.n
        keep = np.ones(design.n, dtype=bool)
        for code in design.codes.T:
            keep &= (np.bincount(code, design.y) > 0)[code]
        if not keep.any():
            raise EstimationError("every cell of the effects has zero outcomes only")
        design = design.take(keep, "separated")
        alone = not_singleton(design.codes)
        if not alone.any():
            raise EstimationError("only singletons are left after separated cells were dropped")
        design = design.take(alone, "singletons")
        if design.n == before:
            break
    return design


def drop_separated(design: Design) -> tuple[Design, list[str]]:
    """Zero cells, then rows that a linear combination of terms and effects separates (iterative rectifier)."""
    before = design.n
    design = drop_zero_cells(design)
    notes = (
        [f"{before - design.n} rows in cells with zero outcomes only or alone in a cell dropped"]
        if design.n < before
        else []
    )
    for _ in range(20):
        separated = rectifier(design)
        if not separated.any():
            return design, notes
        notes.append(f"{int(separated.sum())} rows separated by a combination of the terms dropped")
        design = drop_zero_cells(design.take(~separated, "separated"))
    raise EstimationError("separated rows keep appearing")


def rectifier(design: Design) -> np.ndarray:
    """Mask (n,) of separated zeros: rows where some combination of regressors is positive, 0 for all positives.

    Regress u on the design with a huge weight on positive outcomes, u <- max(fitted, 0), until the fit is exact.
    """
    zero = design.y == 0
    if not zero.any():
        return zero
    x = design.x / np.maximum(np.abs(design.x).max(axis=0), 1e-300) if design.x.shape[1] else design.x
    u = zero.astype(float)
    heavy = np.ceil(float(u.sum()) / 1e-5**2) ** 0.5 * 10
    weight = np.where(zero, 1.0, max(heavy, 1e6))
    for _ in range(200):
        residual = _residual(u, x, design.codes, weight)
        fitted = u - residual
        fitted[np.abs(fitted) < 1e-5] = 0
        if (fitted[zero] >= 0).all():
            return (fitted > _SEPARATED) & zero
        change = u
        u = np.where(zero, np.maximum(fitted, 0), 0)
        if not u.any():
            return np.zeros(design.n, dtype=bool)
        if np.abs(change - u).max() < 1e-9:
            return (fitted > _SEPARATED) & zero
    return np.zeros(design.n, dtype=bool)


def _residual(u: np.ndarray, x: np.ndarray, codes: np.ndarray, weight: np.ndarray) -> np.ndarray:
    centred = demean(np.column_stack([u, x]), codes, weight)
    u_left, x_left = centred[:, 0], centred[:, 1:]
    norms = (weight[:, None] * x_left**2).sum(axis=0)
    keep = norms > 1e-9 * max(norms.max(initial=0), 1e-300)
    if not keep.any():
        return u_left
    root = np.sqrt(weight)
    basis, r = np.linalg.qr(x_left[:, keep] * root[:, None])
    full = np.abs(np.diag(r)) > 1e-9 * np.abs(np.diag(r)).max()
    basis = basis[:, full]
    return (u_left * root - basis @ (basis.T @ (u_left * root))) / root


def fit_poisson(design: Design, offset: np.ndarray | None = None) -> IndexFit:
    """Maximise the Poisson likelihood; the constant of y! is included so that log_lik is Stata's."""
    from scipy.special import gammaln

    shift = np.zeros(design.n) if offset is None else offset
    constant = gammaln(design.y + 1)

    def rows(eta):
        mean = np.exp(np.minimum(eta + shift, 700))
        return design.y * (eta + shift) - mean - constant, design.y - mean, mean

    mean_y = np.average(design.y, weights=design.weights)
    start = np.log((design.y + mean_y) / 2) - shift
    return maximise(rows, design.x, design.codes, design.weights, start, "poisson")


def _estimate(specification: Specification, design: Design, fit: IndexFit, notes: list[str]) -> Estimate:
    from scipy.special import gammaln

    settings, kind = specification.settings, specification.vcov_kind
    dof = absorbed_dof(design.codes, design.cluster_codes, settings.small_sample)
    parameters = design.x.shape[1] + dof.total
    counted = design.x.shape[1] + dof.counted + dof.nested_adj
    terms, beta, bread, x = list(design.x_names), fit.beta, fit.bread, fit.x
    if design.codes.shape[1]:
        terms, beta, x, bread = with_constant(design, fit)
    slopes = len(design.x_names) if design.codes.shape[1] else None
    vcov = robust_vcov(bread, x * fit.score[:, None], kind, settings.small_sample, design, counted, slopes)
    w = np.ones(design.n) if design.weights is None else design.weights
    mean = np.average(design.y, weights=w)
    null = float(w @ (design.y * np.log(mean) - mean - gammaln(design.y + 1)))
    statistics = {"n_obs": design.n, **likelihood_statistics(fit.log_lik, null, design.n, parameters)}
    statistics |= {"df_absorbed": dof.counted, **wald_test(beta, vcov, terms, None)} | cluster_statistics(
        design
    )
    table = coefficient_table(terms, beta, vcov, None, settings.confidence_level)
    result = Estimate(
        "poisson",
        specification.formula,
        table,
        statistics,
        design.account(),
        (*design.warnings, *notes),
        vcov=vcov,
    )
    if settings.marginal_effects:
        from keytech.econometrics.marginal import average_marginal_effects

        effects = average_marginal_effects(specification, design, fit, counted)
        result = replace(result, tables={"marginal_effects": effects})
    return result


def with_constant(design: Design, fit: IndexFit) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """ppmlhdfe's _cons: the last weighted regression with the means put back, as reghdfe does for OLS."""
    weight = fit.information
    centres = means(design.x, weight)
    x = np.column_stack([fit.x + centres, np.ones(design.n)])
    centre = np.average(fit.eta, weights=weight) - centres @ fit.beta
    gram = (x * weight[:, None]).T @ x
    bread = least_squares(gram, np.eye(len(gram)))
    return [*design.x_names, "(Intercept)"], np.append(fit.beta, centre), x, bread
