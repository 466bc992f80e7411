"""Slopes of a regression with absorbed effects on part of the rows, fast enough to be repeated for every draw.

The largest effect is swept out by group means, the others by normal equations of their dummies; where these are too
many, the ordinary demeaning is used.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from keytech.econometrics.absorb import compact
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.linear import normalised
from keytech.econometrics.linear_algebra import least_squares
from keytech.econometrics.pyfixest_bridge import FOR_DRAWS, demean
from keytech.econometrics.sample import Design

_DENSE_UP_TO = 2_000
_RIDGE, _REFINEMENTS, _ACCEPTED = 1e-7, 4, 1e-9


def coefficients_of_rows(design: Design, mask: np.ndarray) -> np.ndarray:
    """Slopes (k,) of `design.x` in the rows of `mask` (n,), effects absorbed.

    Raises EstimationError where the rows leave a term without variation.
    """
    codes = compact(design.codes[mask].astype(np.int64))
    block = np.column_stack([design.y[mask], design.x[mask]])
    sizes = codes.max(axis=0) + 1 if codes.shape[1] else np.array([])
    if design.weights is None and codes.shape[1] > 1 and sizes.sum() - sizes.max() <= _DENSE_UP_TO:
        block = _swept(block, codes, sizes)
        weight = None
    else:
        weight = None if design.weights is None else normalised(design.weights)[mask]
        block = demean(block, codes, weight, FOR_DRAWS)
    try:
        return least_squares(block[:, 1:], block[:, 0], weight)
    except np.linalg.LinAlgError as error:
        raise EstimationError("a draw leaves a group without variation; permute at another level") from error


def _swept(block: np.ndarray, codes: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Residuals of `block` (n, m) on all effects `codes` (n, q).

    The dummies of connected effects are collinear, so the normal equations carry a small ridge, which refinement undoes.
    """
    n, largest = len(block), int(np.argmax(sizes))
    first, mass = codes[:, largest], np.bincount(codes[:, largest])
    others = [q for q in range(codes.shape[1]) if q != largest]
    start = np.cumsum([0, *sizes[others]])
    columns = np.concatenate([codes[:, q] + start[i] for i, q in enumerate(others)])
    dummies = sparse.csr_array((np.ones(n * len(others)), (np.tile(np.arange(n), len(others)), columns)))
    means = sparse.csr_array((1 / mass[first], (first, np.arange(n))))
    table = means @ dummies
    gram = (dummies.T @ dummies - table.T @ (table * mass[:, None])).toarray()
    block = block - (means @ block)[first]
    size = np.sqrt((block**2).mean(axis=0))
    size[size == 0] = 1.0
    block = block / size
    ridge = _RIDGE * gram.trace() / len(gram)
    factor = cho_factor(gram + ridge * np.eye(len(gram)), lower=True, check_finite=False)
    for _ in range(_REFINEMENTS):
        left = dummies.T @ block
        step = dummies @ cho_solve(factor, left, check_finite=False)
        block = block - (step - (means @ step)[first])
    left = float(np.abs(dummies.T @ block).max())
    if left > _ACCEPTED * n:
        raise EstimationError(
            f"the effects could not be partialled out of a draw: a sum of {left:.1e} remains"
        )
    return block * size
