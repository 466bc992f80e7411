"""Small dense least squares on demeaned arrays, with collinear columns named."""

from __future__ import annotations

import numpy as np

_COLLINEAR = 1e-10
_WIDE = 50


def independent(x: np.ndarray, raw_ss: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Mask (k,) of columns of x (n, k) that add something to those before them.

    A column counts as collinear when the part left after the effects and the earlier columns has less than 1e-10
    of its own raw sum of squares `raw_ss` (k,).
    """
    k = x.shape[1]
    if k > _WIDE and _clearly_independent(x, raw_ss, weights):
        return np.ones(k, dtype=bool)
    keep = np.zeros(k, dtype=bool)
    basis = np.empty((len(x), k), order="F")
    found = 0
    root = 1.0 if weights is None else np.sqrt(weights)[:, None]
    scaled = x * root
    for index in range(k):
        rest = scaled[:, index]
        for _ in range(2):
            rest = rest - basis[:, :found] @ (basis[:, :found].T @ rest)
        norm = rest @ rest
        if raw_ss[index] > 0 and norm > _COLLINEAR * raw_ss[index]:
            keep[index] = True
            basis[:, found] = rest / np.sqrt(norm)
            found += 1
    return keep


def _clearly_independent(x: np.ndarray, raw_ss: np.ndarray, weights: np.ndarray | None) -> bool:
    """Whether every pivot of the Gram matrix in units of `raw_ss` is far above the tolerance (fast path)."""
    if not (raw_ss > 0).all():
        return False
    scale = 1 / np.sqrt(raw_ss)
    try:
        pivots = np.diag(np.linalg.cholesky(cross(x, x, weights) * np.outer(scale, scale)))
    except np.linalg.LinAlgError:
        return False
    return bool((pivots**2 > 1e-6).all())


def sum_of_squares(x: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Weighted sums of squares (k,)."""
    return (x**2).sum(axis=0) if weights is None else (weights[:, None] * x**2).sum(axis=0)


def means(x: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Weighted means (k,) of the columns, of which there may be none."""
    return np.average(x, axis=0, weights=weights) if x.shape[1] else np.empty(0)


def spread(x: np.ndarray, weights: np.ndarray | None, centred: bool) -> np.ndarray:
    """Sums of squares (k,) that collinearity is judged against: around the mean where a constant or effects are in the
    model, so that a large mean does not hide variation; zero for a column that does not vary, the raw sum for a constant
    column of ones (the constant itself comes first and stays)."""
    raw = sum_of_squares(x, weights)
    if not centred or not len(x):
        return raw
    around = sum_of_squares(x - means(x, weights), weights)
    around[around <= 1e-24 * raw] = 0.0
    return np.where((x == 1.0).all(axis=0), raw, around)


def cross(a: np.ndarray, b: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """a' W b."""
    return a.T @ b if weights is None else (a * weights[:, None]).T @ b


def inverse(matrix: np.ndarray) -> np.ndarray:
    """Inverse of a symmetric positive definite matrix, scaled to a unit diagonal first."""
    if not len(matrix):
        return matrix
    scale = 1 / np.sqrt(np.diag(matrix))
    inner = np.linalg.inv(matrix * np.outer(scale, scale))
    inner = (inner + inner.T) / 2
    return inner * np.outer(scale, scale)


def least_squares(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Coefficients of y (n,) or (n, m) on x (n, k) of full column rank: QR, or refined Cholesky where x is wide."""
    scale = np.sqrt(sum_of_squares(x, weights))
    scaled = x / scale
    solution = _by_cholesky(scaled, y, weights) if x.shape[1] > _WIDE else None
    if solution is None:
        root = np.ones(len(x)) if weights is None else np.sqrt(weights)
        q, r = np.linalg.qr(scaled * root[:, None])
        solution = np.linalg.solve(r, q.T @ (y * (root if y.ndim == 1 else root[:, None])))
    return solution / (scale if y.ndim == 1 else scale[:, None])


def _by_cholesky(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> np.ndarray | None:
    """Normal equations with two steps of refinement; None where x is too close to collinear for them."""
    from scipy.linalg import cho_factor, cho_solve

    try:
        factor = cho_factor(cross(x, x, weights))
    except np.linalg.LinAlgError:
        return None
    if np.abs(np.diag(factor[0])).min() < 1e-4:
        return None
    solution = cho_solve(factor, cross(x, y, weights))
    for _ in range(2):
        solution = solution + cho_solve(factor, cross(x, y - x @ solution, weights))
    return solution
