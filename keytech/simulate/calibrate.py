"""Planted coefficients as true estimands: fixed-point rounds that undo what rounding, clipping and winsorising bend.

The paper's estimators are linear in the outcome once the regressors are fixed: estimate = L y. With an index
W theta + (other parts) + e whose distortion D (what clipping, winsorising and set constraints add to the outcome) has a
mean that moves slowly in theta, theta is shifted by (L W)^-1 (target - estimand) until the estimand meets the target.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import sparse


def demeaned(values: np.ndarray, groups: Sequence[np.ndarray]) -> np.ndarray:
    """`values` (n, k) with the fixed effects of every group vector (n,) taken out.

    Exact: the largest group is absorbed by its means, the dummies of the others by least squares on their
    (at most a few thousand) normal equations, with the redundant directions left out.
    """
    out = np.array(values, dtype=float, copy=True).reshape(len(values), -1)
    codes = sorted((np.unique(g, return_inverse=True)[1] for g in groups), key=lambda c: -c.max())
    first, rest = codes[0], codes[1:]
    out = _less_means(out, first)
    if not rest:
        return out
    starts = np.cumsum([0, *(c.max() + 1 for c in rest)])
    columns = np.concatenate([c + s for c, s in zip(rest, starts, strict=False)])
    shape = (len(out), int(starts[-1]))
    dummies = sparse.csr_array(
        (np.ones(len(columns)), (np.tile(np.arange(len(out)), len(rest)), columns)), shape
    )
    member = sparse.csr_array((np.ones(len(out)), (first, np.arange(len(out)))))
    crossed = member @ dummies
    size = np.bincount(first).astype(float)
    normal = (dummies.T @ dummies - crossed.T @ (crossed * (1 / size)[:, None])).toarray()
    values_, vectors = np.linalg.eigh(normal)
    kept = values_ > 1e-9 * values_[-1]
    basis = vectors[:, kept]
    solution = basis @ ((basis.T @ (dummies.T @ out)) / values_[kept][:, None])
    return _less_means(out - dummies @ solution, first)


def _less_means(values: np.ndarray, code: np.ndarray) -> np.ndarray:
    size = np.bincount(code)
    means = np.stack([np.bincount(code, column) / size for column in values.T], axis=1)
    return values - means[code]


def least_squares_rows(x: np.ndarray, groups: Sequence[np.ndarray]) -> np.ndarray:
    """L (k, n) with L y = coefficients of the columns of `x` (n, k) in least squares with fixed effects."""
    return instrument_rows(x, x, groups)


def instrument_rows(x: np.ndarray, z: np.ndarray, groups: Sequence[np.ndarray]) -> np.ndarray:
    """L (k, n) of just-identified two-stage least squares: regressors `x`, instruments `z`, both (n, k)."""
    both = demeaned(np.hstack([x, z]), groups)
    within_x, within_z = both[:, : x.shape[1]], both[:, x.shape[1] :]
    return np.linalg.solve(within_z.T @ within_x, within_z.T)


def constant_row(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The row (1, n) of the printed intercept: mean of y less the means of `x` times the slopes `rows` (k, n)."""
    return np.full((1, x.shape[0]), 1 / x.shape[0]) - x.mean(axis=0)[None, :] @ rows


def without_singletons(groups: Sequence[np.ndarray]) -> np.ndarray:
    """Boolean (n,): rows that stay when groups with one row are dropped until none is left."""
    keep = np.ones(len(groups[0]), bool)
    codes = [np.unique(g, return_inverse=True)[1] for g in groups]
    while True:
        before = keep.sum()
        for code in codes:
            keep &= np.bincount(code, keep)[code] > 1
        if keep.sum() == before:
            return keep


def solve(
    theta: np.ndarray, jacobian: np.ndarray, target: np.ndarray,
    estimand: Callable[[np.ndarray, int], np.ndarray], *, rounds: int = 5,
) -> np.ndarray:  # fmt: skip
    """theta after `rounds` Newton steps with a fixed Jacobian; `estimand(theta, round)` is the mean estimate at theta."""
    theta = np.array(theta, dtype=float)
    for i in range(rounds):
        theta += np.linalg.solve(jacobian, target - estimand(theta, i))
    return theta


def randomised_count(index: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Counts k (n,) with E[ln(1 + k)] = max(index, 0): k or k + 1 by `uniform` in [0, 1); monotone in the index."""
    level = np.maximum(index, 0.0)
    floor = np.floor(np.exp(level) + 1e-12)
    share = (level - np.log(floor)) / (np.log(floor + 1) - np.log(floor))
    return (floor - 1 + (uniform < share)).astype(int)


def bounded_error(rng: np.random.Generator, size, sd: float) -> np.ndarray:
    """Triangular draws with mean 0 and standard deviation `sd`: bounded at 2.45 sd, so that few indices fall below zero."""
    return rng.triangular(-1.0, 0.0, 1.0, size) * (sd * np.sqrt(6.0))
