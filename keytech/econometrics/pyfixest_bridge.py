"""The only module that talks to pyfixest: its demeaning, behind guards.

pyfixest 0.60.0 orders effects by a Python set (numbers change with PYTHONHASHSEED), aborts the process on an
empty sample, and gets several first-stage statistics wrong. We hand its `demean_within` integer codes in a fixed
order, never an empty array, and check what comes back; everything else is our own arithmetic.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache

import numpy as np

from keytech.econometrics.errors import EstimationError

EXACT, FOR_DRAWS = 1e-13, 1e-9
_ACCEPTED = 1e-7
_DIAGONAL_UP_TO = 300_000


def demean(
    values: np.ndarray, codes: np.ndarray, weights: np.ndarray | None = None, tolerance: float = EXACT
) -> np.ndarray:
    """Residuals (n, m) of `values` (n, m) on all effects `codes` (n, q), weighted by `weights` (n,).

    `tolerance` FOR_DRAWS is enough for coefficients of re-drawn assignments (nine digits) and faster.

    Raises EstimationError on an empty sample (pyfixest would abort the process) and on non-convergence.
    """
    values = np.ascontiguousarray(values, dtype=float)
    if codes.shape[1] == 0:
        return values
    if not len(values):
        raise EstimationError("no row is left to demean")
    if not values.shape[1]:
        return values
    standard, scale = _standardised(values, weights)
    if codes.shape[1] == 1:
        return _one_way(standard, codes[:, 0], weights) * scale
    residual = _many(standard, codes, weights, tolerance)
    return residual * scale


def demean_quickly(
    values: np.ndarray, codes: np.ndarray, weights: np.ndarray | None, steps: int
) -> np.ndarray | None:
    """As `demean` for draws with two effects or more, but None where `steps` iterations are not enough."""
    standard, scale = _standardised(np.ascontiguousarray(values, dtype=float), weights)
    codes = np.ascontiguousarray(codes, dtype=np.uint32)
    residual, _, _ = _demean_within()(
        _one_way(standard, codes[:, 0], weights),
        codes,
        None if weights is None else np.ascontiguousarray(weights / weights.mean(), dtype=float),
        tol=FOR_DRAWS,
        maxiter=steps,
        local_size=None,
        preconditioner="diagonal",
    )
    return residual * scale if _largest_group_mean(residual, codes, weights) <= _ACCEPTED else None


def _standardised(values: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    values = values - np.average(values, axis=0, weights=weights)
    scale = np.sqrt(np.mean(values**2, axis=0))
    scale[scale == 0] = 1.0
    return values / scale, scale


def _one_way(values: np.ndarray, code: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    mass = np.bincount(code, weights)
    means = np.column_stack(
        [np.bincount(code, column if weights is None else weights * column) / mass for column in values.T]
    )
    return values - means[code]


def _many(values: np.ndarray, codes: np.ndarray, weights: np.ndarray | None, tolerance: float) -> np.ndarray:
    """LSMR, with the diagonal preconditioner on small data and the additive Schwarz one where that is not enough."""
    demean_within = _demean_within()
    codes = np.ascontiguousarray(codes, dtype=np.uint32)
    weights = None if weights is None else np.ascontiguousarray(weights / weights.mean(), dtype=float)
    residual = _one_way(values, codes[:, 0], weights)
    accepted = max(_ACCEPTED, 1e3 * tolerance)
    attempts = [("diagonal", 2_000, None)] if len(values) <= _DIAGONAL_UP_TO else []
    attempts += [("additive", 10_000, None), ("additive", 100_000, 20)]
    for preconditioner, steps, local in attempts:
        residual, _, _ = demean_within(
            residual,
            codes,
            weights,
            tol=tolerance,
            maxiter=steps,
            local_size=local,
            preconditioner=preconditioner,
        )
        left = _largest_group_mean(residual, codes, weights)
        if left <= accepted:
            return residual
    raise EstimationError(f"the effects could not be partialled out: a group mean of {left:.1e} remains")


@cache
def _demean_within() -> Callable:
    """pyfixest's demeaning on one thread: with several the last digits depend on how the sums were split."""
    os.environ["RAYON_NUM_THREADS"] = "1"  # read when the thread pool is made, at the first call
    from pyfixest.core.demean import demean_within

    return demean_within


def _largest_group_mean(residual: np.ndarray, codes: np.ndarray, weights: np.ndarray | None) -> float:
    worst = 0.0
    for code in codes.T:
        mass = np.bincount(code, weights)
        for column in residual.T:
            total = np.bincount(code, column if weights is None else weights * column)
            worst = max(worst, float(np.max(np.abs(total[mass > 0] / mass[mass > 0]))))
    return worst
