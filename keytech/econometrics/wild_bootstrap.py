"""`wild_bootstrap`: wild cluster bootstrap of one coefficient, all draws from one matrix of cluster scores."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.assignments import supplied
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column
from keytech.econometrics.linear import LinearFit, fit_linear, linear_estimate, normalised
from keytech.econometrics.linear_algebra import least_squares
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.result import Estimate
from keytech.econometrics.sample import Design, design_of, filtered
from keytech.econometrics.specification import Specification

_WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])


def run(specification: Specification, data: Any) -> Estimate:
    """Cameron, Gelbach and Miller 2008; Roodman et al. 2019 (`boottest`).

    p is the share of draws with |t*| > |t|, strictly; with Rademacher weights and 2^G <= draws all sign patterns are
    enumerated. `impose_null: false` bootstraps the unrestricted residuals. The interval inverts the test.
    """
    settings = specification.settings
    if len(specification.clusters) != 1 or specification.parsed.endogenous:
        raise EstimationError(
            "wild_bootstrap needs one cluster variable and least squares without instruments"
        )
    frame, counts = filtered(specification, data)
    design = design_of(specification, frame, counts, specification.parsed)
    fit = fit_linear(design, "cluster", settings.small_sample)
    if settings.term not in fit.terms or settings.term == "(Intercept)":
        raise EstimationError(f"options.term {settings.term!r} is not a slope of the formula: {fit.terms}")
    weights, notes = cluster_weights(specification, design, frame, counts["rows_in"])
    scores = cluster_scores(fit, settings.term)
    return _estimate(specification, fit, scores, weights, notes)


def cluster_weights(
    specification, design: Design, frame: pd.DataFrame, total: int
) -> tuple[np.ndarray, list[str]]:
    """Weights (G, B), rows in the order of `design.clusters`."""
    settings, name = specification.settings, specification.clusters[0]
    code = design.cluster_codes[0]
    groups = int(code.max()) + 1
    if settings.draws_file is not None:
        keys = _cluster_keys(name, design, frame, code)
        order = np.argsort(keys, kind="stable")
        if "^" not in name and name in _columns(settings.draws_file):
            return supplied(settings.draws_file, pd.Index(keys), name, design.rows, total), []
        drawn = supplied(settings.draws_file, pd.Index(keys[order]), None, design.rows, total)
        found = np.empty_like(drawn)
        found[order] = drawn
        return found, []
    if settings.weights == "rademacher" and groups < 40 and 2**groups <= settings.draws:
        patterns = np.array(list(product([-1.0, 1.0], repeat=groups))).T
        return patterns, [f"all {2**groups} sign patterns of {groups} clusters enumerated"]
    rng = np.random.default_rng(settings.seed)
    values = np.array([-1.0, 1.0]) if settings.weights == "rademacher" else _WEBB
    return rng.choice(values, size=(groups, settings.draws)), []


def _columns(draws_file: Any) -> list[str]:
    from keytech.econometrics.tables import read_table

    return list(read_table(draws_file).columns)


def _cluster_keys(name: str, design: Design, frame: pd.DataFrame, code: np.ndarray) -> np.ndarray:
    if "^" in name:
        return np.arange(int(code.max()) + 1)
    values = column(name, frame.loc[design.rows])
    return pd.Series(values.to_numpy()).groupby(code).first().to_numpy()


@dataclass(frozen=True)
class ClusterScores:
    """What every draw needs, for the null value 0 and its slope in the null.

    x2 = x'x of the term net of all else. `base`, `slope`, `free` are (G + 1, G): row 0 is x times the residual of
    cluster h, the others its cluster sums after projection on all regressors; restricted at null 0, its change per unit
    of the null, and unrestricted.
    """

    beta: float
    x2: float
    base: np.ndarray
    slope: np.ndarray
    free: np.ndarray
    factor: float

    def t_statistics(self, weights: np.ndarray, null: float, impose: bool) -> np.ndarray:
        """Bootstrap t (B,) for weights (G, B)."""
        drawn = (self.base - null * self.slope if impose else self.free) @ weights
        error = np.sqrt(self.factor * (drawn[1:] ** 2).sum(axis=0)) / self.x2
        with np.errstate(divide="ignore", invalid="ignore"):
            return drawn[0] / self.x2 / error

    def p_value(self, weights: np.ndarray, null: float, impose: bool, error: float) -> float:
        drawn = np.abs(self.t_statistics(weights, null, impose))
        return float((drawn > abs((self.beta - null) / error) * (1 + 1e-10)).mean())


def cluster_scores(fit: LinearFit, term: str) -> ClusterScores:
    """Project the residual of each cluster on all regressors and effects once; draws are then matrix products."""
    design, w = fit.design, normalised(fit.design.weights)
    at = fit.terms.index(term)
    root = np.ones(design.n) if w is None else np.sqrt(w)
    x = np.delete(
        fit.x,
        [i for i, name in enumerate(fit.terms) if design.codes.shape[1] and name == "(Intercept)"],
        axis=1,
    )
    centred = demean(np.column_stack([design.y, x]), design.codes, w)
    y, x = centred[:, 0], centred[:, 1:]
    others, own = np.delete(x, at, axis=1), x[:, at]
    net = np.column_stack([own, y])
    if others.shape[1]:
        net = net - others @ least_squares(others, net, w)
    own, y_net = net[:, 0], net[:, 1]
    x2 = float((root * own) @ (root * own))
    beta = float((root * own) @ (root * y_net) / x2)
    code = design.cluster_codes[0]
    parts = [
        _projected(design, w, root, x, own, code, residual) for residual in (y_net, own, y_net - beta * own)
    ]
    return ClusterScores(beta, x2, *parts, fit.factor.scale)


def _projected(design, w, root, x, own, code, residual) -> np.ndarray:
    """(G + 1, G): own times the residual of cluster h; below, sums over the rows of g of own times its projection."""
    groups = int(code.max()) + 1
    score = own * root**2
    result = np.empty((groups + 1, groups))
    result[0] = np.bincount(code, score * residual, minlength=groups)
    for start in range(0, groups, 64):
        stop = min(start + 64, groups)
        block = np.where(code[:, None] == np.arange(start, stop), residual[:, None], 0.0)
        left = demean(block, design.codes, w)
        left = left - x @ least_squares(x, left, w)
        for offset in range(stop - start):
            result[1:, start + offset] = np.bincount(code, score * left[:, offset], minlength=groups)
    return result


def _estimate(specification, fit: LinearFit, scores: ClusterScores, weights, notes) -> Estimate:
    settings = specification.settings
    result = linear_estimate(specification, fit)
    error = float(result[settings.term].std_error)
    t = (scores.beta - settings.null) / error
    p = scores.p_value(weights, settings.null, settings.impose_null, error)
    low, high = inverted(scores, weights, settings, error)
    table = result.coefficients.copy()
    row = table["term"] == settings.term
    table.loc[row, ["statistic", "p_value", "ci_low", "ci_high"]] = [t, p, low, high]
    drawn = scores.t_statistics(weights, settings.null, settings.impose_null)
    undefined = int(np.isnan(drawn).sum())
    if undefined:
        notes = [
            *notes,
            f"{undefined} draws have no t statistic (all cluster scores zero) and count as not extreme",
        ]
    statistics = result.statistics | {
        "bootstrap_p": p,
        "bootstrap_t": t,
        "bootstrap_ci_low": low,
        "bootstrap_ci_high": high,
        "draws": weights.shape[1],
    }
    if not np.isfinite([low, high]).all():
        notes = [*notes, "the bootstrap confidence interval is unbounded"]
    draws = pd.DataFrame({"draw": np.arange(1, len(drawn) + 1), "t": drawn})
    return replace(
        result, estimator="wild_bootstrap", coefficients=table, statistics=statistics,
        warnings=(*result.warnings, *notes), tables={"draws": draws},
    )  # fmt: skip


def inverted(scores, weights: np.ndarray, settings, error: float) -> tuple[float, float]:
    """Null values that are not rejected at 1 - confidence_level, by bisection on both sides of the estimate.

    `scores` has `beta` and `p_value(weights, null, impose, error)`; an end that is never rejected is infinite.
    """
    alpha = 1 - settings.confidence_level

    def accepted(null: float) -> bool:
        return scores.p_value(weights, null, settings.impose_null, error) > alpha

    ends = []
    for sign in (-1.0, 1.0):
        inside, outside = 0.0, 2.0
        while accepted(scores.beta + sign * outside * error):
            inside, outside = outside, outside * 2
            if outside > 1e6:
                break
        if outside > 1e6:
            ends.append(sign * np.inf)
            continue
        for _ in range(60):
            middle = (inside + outside) / 2
            if accepted(scores.beta + sign * middle * error):
                inside = middle
            else:
                outside = middle
        ends.append(scores.beta + sign * inside * error)
    return ends[0], ends[1]
