"""`permutation` (randomisation inference) and `group_difference` (Fisher test of two coefficients)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.assignments import permutations, resamples, supplied
from keytech.econometrics.dense_effects import coefficients_of_rows, mixes_well
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, level_text, to_float
from keytech.econometrics.label_draws import differences_once
from keytech.econometrics.linear import fit_linear, linear_estimate, normalised
from keytech.econometrics.pyfixest_bridge import FOR_DRAWS, demean
from keytech.econometrics.result import Estimate
from keytech.econometrics.sample import Design, design_of, filtered
from keytech.econometrics.specification import Specification

_BATCH = 50


def run(specification: Specification, data: Any) -> Estimate:
    """Least squares with absorbed effects under re-drawn assignments; seeded, vectorised over draws."""
    if specification.parsed.endogenous:
        raise EstimationError(
            f"{specification.estimator!r} re-draws least squares only; leave the instruments out"
        )
    frame, counts = filtered(specification, data)
    design = design_of(specification, frame, counts, specification.parsed)
    used = frame.loc[design.rows]
    family = _permutation if specification.estimator == "permutation" else _group_difference
    return family(specification, design, used, counts["rows_in"])


def _permutation(specification: Specification, design: Design, frame: pd.DataFrame, total: int) -> Estimate:
    """Placebo treatments: p is the share of draws with |b| at least |b_hat| (Fisher's exact test as draws grow).

    `level: row` shuffles the term over rows; `level: COLUMN` shuffles it over the units of that column, and where the
    treatment switches on over `time` the switching times, so that cohort sizes stay as they are.
    """
    settings = specification.settings
    term = settings.treatment
    if term is None or term not in design.x_names:
        raise EstimationError(f"options.treatment must be a term of the formula: {design.x_names}")
    base = fit_linear(design, specification.vcov_kind, settings.small_sample)
    if term not in base.terms:
        raise EstimationError(f"{term} is collinear with the effects")
    observed = float(base.beta[base.terms.index(term)])
    fake = _fake_treatments(specification, design, frame, term, total)
    estimates = placebo_estimates(base.design, term, fake)
    extreme = np.abs(estimates) >= abs(observed) - 1e-12 * abs(observed)
    p = float(extreme.mean())
    result = linear_estimate(specification, base)
    table = result.coefficients.copy()
    table.loc[table["term"] == term, "p_value"] = p
    statistics = result.statistics | _distribution(estimates, observed, p, float(extreme.sum()))
    draws = pd.DataFrame({"draw": np.arange(1, len(estimates) + 1), "estimate": estimates})
    return replace(
        result, estimator="permutation", coefficients=table, statistics=statistics, tables={"draws": draws}
    )


def _distribution(estimates: np.ndarray, observed: float, p: float, extreme: float) -> dict[str, Any]:
    return {
        "permutation_p": p,
        "permutation_p_plus_one": (extreme + 1) / (len(estimates) + 1),
        "observed": observed,
        "draws": len(estimates),
        "draws_mean": float(estimates.mean()),
        "draws_sd": float(estimates.std(ddof=1)) if len(estimates) > 1 else 0.0,
        **{f"draws_p{q:g}": float(np.percentile(estimates, q)) for q in (1, 5, 10, 25, 50, 75, 90, 95, 99)},
    }


def placebo_estimates(design: Design, term: str, fake: np.ndarray) -> np.ndarray:
    """Coefficient of each column of `fake` (n, B) put in the place of `term`; demeaned in batches."""
    w = normalised(design.weights)
    others = np.delete(design.x, design.x_names.index(term), axis=1)
    block = demean(np.column_stack([design.y, others]), design.codes, w)
    y, x = block[:, 0], block[:, 1:]
    root = np.ones(design.n) if w is None else np.sqrt(w)
    basis = np.linalg.qr(x * root[:, None])[0] if x.shape[1] else np.empty((design.n, 0))
    y = y * root - basis @ (basis.T @ (y * root))
    found = []
    for start in range(0, fake.shape[1], _BATCH):
        part = (
            demean(fake[:, start : start + _BATCH].astype(float), design.codes, w, FOR_DRAWS) * root[:, None]
        )
        part = part - basis @ (basis.T @ part)
        size = (part**2).sum(axis=0)
        if (size <= 1e-10).any():
            raise EstimationError(
                "a placebo treatment has no variation left after the effects; use another level"
            )
        found.append(part.T @ y / size)
    return np.concatenate(found)


def _fake_treatments(specification, design: Design, frame: pd.DataFrame, term: str, total: int) -> np.ndarray:
    settings = specification.settings
    treatment = design.x[:, design.x_names.index(term)]
    if settings.level == "row":
        if settings.draws_file is not None:
            return supplied(settings.draws_file, frame.index, None, design.rows, total)
        return permutations(treatment, settings.draws, settings.seed)
    code, keys = pd.factorize(column(settings.level, frame), sort=True)
    constant = pd.Series(treatment).groupby(code).nunique().max() == 1
    if constant:
        per_level = pd.Series(treatment).groupby(code).first().to_numpy()
        return _level_draws(settings, per_level, keys, design, total)[code]
    if settings.time is None:
        raise EstimationError(
            f"{term} varies within {settings.level!r}: give options.time for placebo switching times"
        )
    return _cohort_draws(settings, treatment, code, keys, design, frame, term, total)


def _level_draws(settings, values, keys, design, total) -> np.ndarray:
    if settings.draws_file is not None:
        return supplied(settings.draws_file, pd.Index(keys), settings.level, design.rows, total)
    return permutations(values, settings.draws, settings.seed)


def _cohort_draws(settings, treatment, code, keys, design, frame, term, total) -> np.ndarray:
    time = to_float(column(settings.time, frame))
    first = pd.Series(np.where(treatment > 0, time, np.inf)).groupby(code).min().to_numpy()
    if not np.array_equal((time >= first[code]).astype(float), treatment):
        raise EstimationError(
            f"{term} is not an absorbing 0/1 treatment by {settings.level!r} and {settings.time!r}"
        )
    draws = _level_draws(settings, first, keys, design, total)
    draws = np.where((draws == 0) | np.isnan(draws), np.inf, draws)
    return (time[:, None] >= draws[code]).astype(float)


def _group_difference(
    specification: Specification, design: Design, frame: pd.DataFrame, total: int
) -> Estimate:
    """b_high - b_low with an empirical p (methods 0.6): share of draws at least as far on the observed side.

    The high group is the larger value of `group`. Every effect and term is interacted with the group. With
    `partial_out: once` the effects are taken out of all rows before the draws, for the draws and the difference they
    are compared with (statistic `observed`); the reported difference stays that of the two regressions.
    """
    settings = specification.settings
    if settings.group is None:
        raise EstimationError("group_difference needs options.group")
    series = column(settings.group, frame)
    values = sorted(series.dropna().unique())
    if len(values) != 2 or series.isna().any():
        raise EstimationError(
            f"group {settings.group!r} must have two values and no missing ones; it has {[level_text(value) for value in values[:5]]}"
        )
    high = (series == values[1]).to_numpy(dtype=bool)
    term = settings.treatment or next((name for name in design.x_names if name != "(Intercept)"), None)
    if term not in design.x_names:
        raise EstimationError(f"options.treatment {term!r} must be a term of the formula: {design.x_names}")
    rows = []
    fits = {}
    for value, mask in ((values[0], ~high), (values[1], high)):
        part = fit_linear(_subset(design, mask), specification.vcov_kind, settings.small_sample)
        if term not in part.terms:
            raise EstimationError(f"{term} is collinear with the effects in group {value}")
        fits[value] = linear_estimate(specification, part)
        rows.append({**fits[value][term].to_dict(), "term": f"{term}[{settings.group}={level_text(value)}]"})
    observed = rows[1]["estimate"] - rows[0]["estimate"]
    differences = _difference_draws(specification, design, frame, high, term, total)
    once = settings.partial_out == "once"
    tested = (
        float(differences_once(design, high[:, None], design.x_names.index(term))[0]) if once else observed
    )
    p = float((differences >= tested).mean() if tested > 0 else (differences <= tested).mean())
    rows.append(_difference_row(rows, observed, p, differences))
    table = pd.DataFrame(rows)[list(fits[values[0]].coefficients.columns)]
    extreme = float((np.abs(differences) >= abs(tested)).sum())
    statistics = {"n_obs": design.n, "difference": observed} | _distribution(differences, tested, p, extreme)
    for value in values:
        statistics[f"n_obs.{settings.group}={level_text(value)}"] = fits[value].n_obs
    draws = pd.DataFrame({"draw": np.arange(1, len(differences) + 1), "difference": differences})
    notes = tuple(design.warnings) + tuple(
        f"{settings.group}={v}: {text}" for v in values for text in fits[v].warnings
    )
    return Estimate(
        "group_difference",
        specification.formula,
        table,
        statistics,
        design.account(),
        notes,
        tables={"draws": draws},
    )


def _subset(design: Design, mask: np.ndarray) -> Design:
    from keytech.econometrics.absorb import not_singleton

    part = design.take(mask, "other_group")
    return part.take(not_singleton(part.codes), "singletons") if part.codes.shape[1] else part


def _difference_row(rows, observed, p, differences) -> dict[str, Any]:
    from scipy.stats import norm

    error = float(np.hypot(rows[0]["std_error"], rows[1]["std_error"]))
    half = norm.ppf(0.975) * error
    return {
        "term": "difference",
        "estimate": observed,
        "std_error": error,
        "statistic": observed / error,
        "p_value": p,
        "ci_low": observed - half,
        "ci_high": observed + half,
    }


def _difference_draws(
    specification, design: Design, frame, high: np.ndarray, term: str, total: int
) -> np.ndarray:
    settings = specification.settings
    if settings.resample == "bootstrap":
        if settings.partial_out == "once":
            raise EstimationError("partial_out: once permutes labels only, it takes no resample: bootstrap")
        return _bootstrap_differences(settings, design, high, term)
    if settings.level == "row":
        if settings.draws_file is not None:
            labels = supplied(settings.draws_file, frame.index, None, design.rows, total)
        else:
            labels = permutations(high.astype(float), settings.draws, settings.seed)
    else:
        code, keys = pd.factorize(column(settings.level, frame), sort=True)
        if (pd.Series(high).groupby(code).nunique() > 1).any():
            raise EstimationError(f"group {settings.group!r} varies within {settings.level!r}")
        per_level = pd.Series(high.astype(float)).groupby(code).first().to_numpy()
        labels = _level_draws(settings, per_level, keys, design, total)[code]
    low_value, high_value = np.nanmin(labels), np.nanmax(labels)
    if not np.isin(labels, (low_value, high_value)).all():
        raise EstimationError("draws_file must hold two values, one per group")
    if settings.partial_out == "once":
        return differences_once(design, labels == high_value, design.x_names.index(term))
    quick = mixes_well(design)
    return np.array([_difference(design, label == high_value, term, quick) for label in labels.T])


def _difference(design: Design, high: np.ndarray, term: str, quick: bool) -> float:
    """b_high - b_low, all effects and terms interacted with the group."""
    at = design.x_names.index(term)
    by_group = [coefficients_of_rows(design, mask, quick)[at] for mask in (high, ~high)]
    return float(by_group[0] - by_group[1])


def _bootstrap_differences(settings, design: Design, high: np.ndarray, term: str) -> np.ndarray:
    """Draw n1 + n2 rows with replacement, the first n1 form group 1 (Cleary 1999)."""
    n_high = int(high.sum())
    labels = np.arange(design.n) < n_high
    found, quick = [], mixes_well(design)
    for rows in resamples(design.n, settings.draws, settings.seed).T:
        part = replace(
            design, y=design.y[rows], x=design.x[rows], codes=design.codes[rows],
            weights=None if design.weights is None else design.weights[rows],
        )  # fmt: skip
        found.append(_difference(part, labels, term, quick))
    return np.array(found)
