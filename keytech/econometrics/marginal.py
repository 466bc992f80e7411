"""Average marginal effects with delta-method errors that count the absorbed effects."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.econometrics.likelihood import influence_vcov
from keytech.econometrics.linear_algebra import least_squares
from keytech.econometrics.newton import IndexFit
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.result import table_from_errors
from keytech.econometrics.sample import Design
from keytech.econometrics.specification import Specification
from keytech.econometrics.variance import ml_factor


def average_marginal_effects(
    specification: Specification, design: Design, fit: IndexFit, parameters: int
) -> pd.DataFrame:
    """Mean over rows of dE(y)/dx for every term, as Stata's `margins, dydx(*)` (each term taken as continuous).

    The gradient in all parameters, effects included, is a projection: with information weights h the derivative
    of the mean density along the effects enters through the fitted values of f'/h on the full design.
    """
    density, slope = _densities(specification.estimator, fit.eta)
    weight = np.ones(design.n) if design.weights is None else design.weights
    total = weight.sum()
    mean_density = float(weight @ density / total)
    ratio = weight * slope / fit.information
    left = demean(ratio[:, None], design.codes, fit.information)[:, 0]
    gamma = least_squares(fit.x, left, fit.information)
    fitted = ratio - (left - fit.x @ gamma)
    influence = mean_density * (fit.x @ fit.bread) + np.outer(fitted, fit.beta) / total
    variance = _variance(specification, design, fit, influence, parameters)
    keep = [index for index, name in enumerate(design.x_names) if name != "(Intercept)"]
    terms = [design.x_names[index] for index in keep]
    errors = np.sqrt(np.diag(variance))[keep]
    return table_from_errors(
        terms, fit.beta[keep] * mean_density, errors, None, specification.settings.confidence_level
    )


def _variance(specification, design, fit, influence, parameters) -> np.ndarray:
    kind, convention = specification.vcov_kind, specification.settings.small_sample
    if kind == "iid":
        factor = ml_factor(convention, kind, design.n, parameters, [])
        return (influence * fit.information[:, None]).T @ influence * factor
    return influence_vcov(influence * fit.score[:, None], kind, convention, design, parameters)


def _densities(estimator: str, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Derivative of the mean in the index and its derivative."""
    from scipy.special import expit
    from scipy.stats import norm

    if estimator == "logit":
        p = expit(eta)
        return p * (1 - p), p * (1 - p) * (1 - 2 * p)
    if estimator == "probit":
        return norm.pdf(eta), -eta * norm.pdf(eta)
    return np.exp(eta), np.exp(eta)
