"""`logit` and `probit`, with effects absorbed exactly as dummies would be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from keytech.econometrics.absorb import absorbed_dof
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.likelihood import likelihood_statistics, robust_vcov
from keytech.econometrics.linear import cluster_statistics, drop_collinear, wald_test
from keytech.econometrics.newton import IndexFit, maximise
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.result import Estimate, coefficient_table
from keytech.econometrics.sample import Design, prepare
from keytech.econometrics.specification import Specification


def run(specification: Specification, data: Any) -> Estimate:
    """Maximum likelihood with observed information; robust factors as Stata's N/(N-1) and G/(G-1); z tests.

    Cells of an effect without variation in the outcome, and the rows of a two-valued term that predict it
    perfectly, are dropped and counted as `separated`, as Stata's `logit` and `probit` do.
    """
    design = prepare(specification, data, drop_singletons=False)
    if design.endog_names:
        raise EstimationError(f"{specification.estimator!r} takes no instruments; use ivprobit")
    design, notes = estimation_sample(design)
    design, notes2 = without_collinear(design)
    fit = fit_binary(design, specification.estimator)
    return _estimate(specification, design, fit, [*notes, *notes2])


def estimation_sample(design: Design) -> tuple[Design, list[str]]:
    """Check the 0/1 outcome; drop perfectly predicted cells, terms and rows until none is left."""
    values = np.unique(design.y)
    if not np.isin(values, (0, 1)).all():
        raise EstimationError(
            f"outcome {design.formula.outcome!r} is not binary: its {len(values)} values begin with "
            f"{', '.join(f'{value:g}' for value in values[:5])}; code it 0 and 1"
        )
    if len(values) < 2:
        raise EstimationError(f"outcome {design.formula.outcome!r} is {values[0]:g} in all {design.n} rows")
    notes: list[str] = []
    while True:
        before = design.n, len(design.x_names)
        design = _drop_cells(design, notes)
        design = _drop_predictors(design, notes)
        if (design.n, len(design.x_names)) == before:
            return design, notes


def _drop_cells(design: Design, notes: list[str]) -> Design:
    keep = np.ones(design.n, dtype=bool)
    for name, code in zip(design.formula.effect_names, design.codes.T, strict=True):
        size, ones = np.bincount(code), np.bincount(code, design.y)
        constant = (ones == 0) | (ones == size)
        keep &= ~constant[code]
        if constant.any():
            notes.append(f"{name}: {int(constant.sum())} cells without variation in the outcome dropped")
    if not keep.any():
        raise EstimationError(f"outcome {design.formula.outcome!r} varies in no cell of the effects")
    return design.take(keep, "separated")


def _drop_predictors(design: Design, notes: list[str]) -> Design:
    """Stata's rule: where one value of a two-valued term fixes the outcome, drop the term and those rows."""
    for index, name in enumerate(design.x_names):
        column = design.x[:, index]
        low, high = column.min(), column.max()
        if name == "(Intercept)" or low == high or not np.isin(column, (low, high)).all():
            continue
        fixed = [value for value in (low, high) if np.ptp(design.y[column == value]) == 0]
        if len(fixed) == 2:
            raise EstimationError(f"term {name} predicts the outcome perfectly in all {design.n} rows")
        if fixed:
            rows = int((column == fixed[0]).sum())
            outcome = int(design.y[column == fixed[0]][0])
            notes.append(
                f"{name} = {fixed[0]:g} predicts outcome {outcome} perfectly: term and {rows} rows dropped"
            )
            return design.without([name]).take(column != fixed[0], "separated")
    return design


def without_collinear(design: Design) -> tuple[Design, list[str]]:
    """Drop and name terms that effects or earlier terms explain."""
    design, _, notes = drop_collinear(design, demean(design.x, design.codes, design.weights), design.weights)
    return design, notes


def contributions(y: np.ndarray, link: str):
    """Row log-likelihood, score and observed information in the index, for 0/1 outcomes y (n,)."""
    from scipy.special import expit, log_expit, log_ndtr

    sign = 2 * y - 1

    def logit(eta):
        p = expit(eta)
        return log_expit(sign * eta), y - p, p * (1 - p)

    def probit(eta):
        signed = sign * eta
        log_p = log_ndtr(signed)
        ratio = np.exp(-0.5 * signed**2 - 0.5 * np.log(2 * np.pi) - log_p)
        return log_p, sign * ratio, np.maximum(ratio * (signed + ratio), 0)

    return logit if link == "logit" else probit


def fit_binary(design: Design, link: str) -> IndexFit:
    """Maximise the likelihood; raises EstimationError where the outcome is predicted perfectly."""
    fit = maximise(
        contributions(design.y, link), design.x, design.codes, design.weights, np.zeros(design.n), link
    )
    if np.abs(fit.log_lik) < 1e-6 * design.n or (np.abs(fit.eta).max() > 30 and _separated(design, fit)):
        raise EstimationError(
            f"{link}: the terms {design.x_names} predict the outcome perfectly (separation)"
        )
    return fit


def _separated(design: Design, fit: IndexFit) -> bool:
    """Whether some rows have left the data: fitted with certainty by terms that then carry no information."""
    return bool((np.diag(fit.bread) * np.maximum(1e-300, (design.x**2).mean(axis=0)) > 1e8).any())


def null_log_lik(y: np.ndarray, weights: np.ndarray | None) -> float:
    """Log-likelihood with a constant only."""
    w = np.ones(len(y)) if weights is None else weights
    ones, total = float(w @ y), float(w.sum())
    return ones * np.log(ones / total) + (total - ones) * np.log(1 - ones / total)


def _estimate(specification: Specification, design: Design, fit: IndexFit, notes: list[str]) -> Estimate:
    settings, kind = specification.settings, specification.vcov_kind
    dof = absorbed_dof(design.codes, design.cluster_codes, settings.small_sample)
    parameters = design.x.shape[1] + dof.total
    counted = design.x.shape[1] + dof.counted + dof.nested_adj
    scores = fit.x * fit.score[:, None]
    vcov = robust_vcov(fit.bread, scores, kind, settings.small_sample, design, counted)
    null = null_log_lik(design.y, design.weights)
    statistics = {"n_obs": design.n, **likelihood_statistics(fit.log_lik, null, design.n, parameters)}
    statistics |= {"df_absorbed": dof.total, **wald_test(fit.beta, vcov, design.x_names, None)}
    statistics |= cluster_statistics(design)
    terms = list(design.x_names)
    table = coefficient_table(terms, fit.beta, vcov, None, settings.confidence_level)
    result = Estimate(
        specification.estimator, specification.formula, table, statistics, design.account(),
        (*design.warnings, *notes), vcov=vcov,
    )  # fmt: skip
    if settings.marginal_effects:
        from keytech.econometrics.marginal import average_marginal_effects

        effects = average_marginal_effects(specification, design, fit, counted)
        result = replace(result, tables={"marginal_effects": effects})
    return result
