"""Slopes of a regression with absorbed effects on part of the rows, fast enough to be repeated for every draw.

Effects that mix well are demeaned by a few iterations. Otherwise the largest effect is swept out by group means, the others
by normal equations of their dummies; where these are too many, the ordinary demeaning is used.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from keytech.econometrics.absorb import compact
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.linear import normalised
from keytech.econometrics.linear_algebra import least_squares
from keytech.econometrics.pyfixest_bridge import FOR_DRAWS, demean, demean_quickly
from keytech.econometrics.sample import Design

_DENSE_UP_TO = 2_000
_FEW_STEPS = 60
_RIDGE, _REFINEMENTS, _ACCEPTED = 1e-7, 4, 1e-9


def mixes_well(design: Design) -> bool:
    """Whether a few iterations demean the whole design; decided once, on the data alone, for all draws."""
    if design.codes.shape[1] < 2:
        return False
    block = np.column_stack([design.y, design.x])
    weight = None if design.weights is None else normalised(design.weights)
    return demean_quickly(block, design.codes, weight, _FEW_STEPS) is not None


def coefficients_of_rows(design: Design, mask: np.ndarray, quick: bool = False) -> np.ndarray:
    """Slopes (k,) of `design.x` in the rows of `mask` (n,), effects absorbed; `quick` where `mixes_well`.

    Raises EstimationError where the rows leave a term without variation.
    """
    codes = compact(design.codes[mask].astype(np.int64))
    block = np.column_stack([design.y[mask], design.x[mask]])
    weight = None if design.weights is None else normalised(design.weights)[mask]
    found = demean_quickly(block, codes, weight, 2 * _FEW_STEPS) if quick else None
    if found is None:
        sizes = codes.max(axis=0) + 1 if codes.shape[1] else np.array([])
        small = codes.shape[1] > 1 and sizes.sum() - sizes.max() <= _DENSE_UP_TO
        found = _swept(block, codes, sizes, weight) if small else demean(block, codes, weight, FOR_DRAWS)
    block = found
    try:
        return least_squares(block[:, 1:], block[:, 0], weight)
    except np.linalg.LinAlgError as error:
        raise EstimationError("a draw leaves a group without variation; permute at another level") from error


def _swept(block: np.ndarray, codes: np.ndarray, sizes: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Residuals of `block` (n, m) on all effects `codes` (n, q), weighted by `weight` (n,) where it is given.

    The dummies of connected effects are collinear, so the normal equations carry a small ridge, which refinement undoes.
    """
    n, largest = len(block), int(np.argmax(sizes))
    w = np.ones(n) if weight is None else weight
    first, rows = codes[:, largest].astype(np.int64), np.arange(n)
    mass = np.bincount(first, w)
    others = [q for q in range(codes.shape[1]) if q != largest]
    start = np.cumsum([0, *sizes[others]])
    at = np.column_stack([codes[:, q].astype(np.int64) + start[i] for i, q in enumerate(others)])
    indptr, flat = len(others) * np.arange(n + 1), at.ravel()
    dummies = sparse.csr_array((np.ones(len(flat)), flat, indptr), (n, start[-1]))
    sums = sparse.csr_array((np.repeat(w, len(others)), (flat, np.repeat(rows, len(others)))), (start[-1], n))
    means = sparse.csr_array((w / mass[first], (first, rows)))
    gram = _gram(at, first, w, mass, start[-1])
    block = block - (means @ block)[first]
    size = np.sqrt((block**2).mean(axis=0))
    size[size == 0] = 1.0
    block = block / size
    gram[np.diag_indices_from(gram)] += _RIDGE * gram.trace() / len(gram)
    factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    for _ in range(_REFINEMENTS):
        step = dummies @ cho_solve(factor, sums @ block, check_finite=False)
        block = block - (step - (means @ step)[first])
    left = float(np.abs(sums @ block).max())
    if left > _ACCEPTED * n:
        raise EstimationError(
            f"the effects could not be partialled out of a draw: a sum of {left:.1e} remains"
        )
    return block * size


def _gram(at: np.ndarray, first: np.ndarray, w: np.ndarray, mass: np.ndarray, width: int) -> np.ndarray:
    """D'WD net of the first effect, (width, width); `at` (n, q) columns of the dummies of each row."""
    gram = np.zeros(width * width)
    for left in at.T:
        for right in at.T:
            gram += np.bincount(left * width + right, w, minlength=width * width)
    share = np.repeat(w / np.sqrt(mass[first]), at.shape[1])
    rows, columns = np.repeat(first, at.shape[1]), at.ravel()
    table = sparse.csr_array((share, (rows, columns)), (len(mass), width))
    gram -= (sparse.csr_array((share, (columns, rows)), (width, len(mass))) @ table).toarray().ravel()
    return gram.reshape(width, width)
