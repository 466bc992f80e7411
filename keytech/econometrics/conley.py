"""`conley`: least squares with spatial standard errors (Conley 1999), alone or with own-unit serial correlation (Hsiang 2010)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, to_float
from keytech.econometrics.geography import coordinates, great_circle_km
from keytech.econometrics.linear import LinearFit, fit_linear, linear_estimate, normalised
from keytech.econometrics.linear_algebra import cross, inverse
from keytech.econometrics.result import Estimate
from keytech.econometrics.sample import design_of, filtered
from keytech.econometrics.specification import Specification
from keytech.econometrics.variance import group_sums, repaired

_BLOCK = 1_000


def run(specification: Specification, data: Any) -> Estimate:
    """Coefficients of `ols`; errors that let scores within `cutoff_km` of each other be correlated.

    Without `time` all pairs of rows within the cutoff count, whatever their periods. With `time` only pairs of one
    period do, and `lags` adds the pairs of one `unit` up to that many periods apart with weights 1 - l / (lags + 1).
    Source: Conley 1999, equation (4); Hsiang 2010, supporting information. Raises EstimationError where vcov names clusters.
    """
    if specification.parsed.endogenous or specification.clusters:
        raise EstimationError("'conley' brings its own errors: vcov hetero or iid, and no instruments")
    settings = specification.settings
    if settings.lags and not (settings.unit and settings.time):
        raise EstimationError("options.lags needs options.unit and options.time")
    frame, counts = filtered(specification, data)
    known = _located(frame, settings)
    counts["missing"] += int((~known).sum())
    if not known.any():
        raise EstimationError(f"no row has {settings.latitude}, {settings.longitude}")
    frame = frame[known]
    design = design_of(specification, frame, counts, specification.parsed)
    fit = fit_linear(design, "hetero", settings.small_sample)
    vcov, places, fixed = _variance(fit, frame.loc[design.rows], settings)
    result = linear_estimate(specification, replace(fit, vcov=vcov))
    notes = (
        ("the spatial variance was not positive semi-definite; negative eigenvalues set to zero",)
        if fixed
        else ()
    )
    return replace(
        result,
        statistics=result.statistics | {"n_places": places, "cutoff_km": settings.cutoff_km},
        warnings=(*result.warnings, *notes),
    )


def _located(frame: pd.DataFrame, settings) -> np.ndarray:
    names = [settings.latitude, settings.longitude, settings.time, settings.unit]
    return np.all([column(name, frame).notna().to_numpy() for name in names if name], axis=0)


def _variance(fit: LinearFit, frame: pd.DataFrame, settings) -> tuple[np.ndarray, int, bool]:
    """Sandwich (k, k), number of places, and whether it had to be repaired (its slopes decide, as for clusters)."""
    w = normalised(fit.design.weights)
    scores = fit.x * (fit.residual if w is None else fit.residual * w)[:, None]
    latitude, longitude = coordinates(frame, settings.latitude, settings.longitude)
    place, at = pd.factorize(pd.MultiIndex.from_arrays([latitude, longitude]))
    points = np.array([[*pair] for pair in at])
    total = np.zeros((scores.shape[1],) * 2)
    for rows in _periods(frame, settings, len(scores)):
        sums = np.zeros((len(points), scores.shape[1]))
        np.add.at(sums, place[rows], scores[rows])
        total += _spatial(sums, points, settings)
    if settings.lags:
        total += _serial(scores, frame, settings)
    bread = inverse(cross(fit.x, fit.x, w))
    vcov = bread @ total @ bread * fit.factor.scale
    whole, fixed = repaired(vcov)
    k = fit.slopes if fit.design.codes.shape[1] else len(vcov)
    if fixed:
        whole[:k, :k], fixed = repaired(vcov[:k, :k])
    return whole, len(points), fixed


def _periods(frame: pd.DataFrame, settings, n: int) -> list[np.ndarray]:
    """Row numbers whose places may be correlated with each other: all, or period by period."""
    if settings.time is None:
        return [np.arange(n)]
    code, _ = pd.factorize(column(settings.time, frame))
    return [np.flatnonzero(code == period) for period in range(int(code.max()) + 1)]


def _spatial(sums: np.ndarray, points: np.ndarray, settings) -> np.ndarray:
    """Sum over pairs of places of K(distance) s_i s_j', block by block."""
    here = np.flatnonzero(sums.any(axis=1))
    total = np.zeros((sums.shape[1],) * 2)
    for start in range(0, len(here), _BLOCK):
        part = here[start : start + _BLOCK]
        away = great_circle_km(points[part, 0], points[part, 1], points[here, 0], points[here, 1])
        near = (away <= settings.cutoff_km).astype(float)
        if settings.kernel == "bartlett":
            near *= 1 - away / settings.cutoff_km
        total += sums[part].T @ (near @ sums[here])
    return total


def _serial(scores: np.ndarray, frame: pd.DataFrame, settings) -> np.ndarray:
    """Own-unit products of scores 1 to `lags` periods apart, with Bartlett weights."""
    time = to_float(column(settings.time, frame))
    cell, keys = pd.factorize(pd.MultiIndex.from_arrays([column(settings.unit, frame), time]))
    sums = group_sums(scores, cell)
    total = np.zeros((scores.shape[1],) * 2)
    for lag in range(1, settings.lags + 1):
        earlier = pd.MultiIndex.from_arrays([keys.get_level_values(0), keys.get_level_values(1) - lag])
        match = keys.get_indexer(earlier)
        now = match >= 0
        product = sums[now].T @ sums[match[now]]
        total += (1 - lag / (settings.lags + 1)) * (product + product.T)
    return total
