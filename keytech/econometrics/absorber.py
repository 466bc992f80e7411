"""Effects taken out of one variable after another: factored once, for iterations that do it thousands of times."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from keytech.econometrics.pyfixest_bridge import demean

_DENSE_UP_TO = 2_000


class Absorber:
    """Residuals on fixed effects `codes` (n, q).

    The largest effect is swept out by means, the others by the pseudo-inverse of their (at most 2000) normal equations;
    with more of them every call demeans afresh.
    """

    def __init__(self, codes: np.ndarray):
        self.codes = codes
        sizes = codes.max(axis=0) + 1 if codes.shape[1] else np.array([], dtype=int)
        self._factored = codes.shape[1] > 1 and sizes.sum() - sizes.max() <= _DENSE_UP_TO
        if self._factored:
            self._factor(codes.astype(np.int64), sizes.astype(np.int64))

    def _factor(self, codes: np.ndarray, sizes: np.ndarray) -> None:
        n, largest = len(codes), int(np.argmax(sizes))
        others = [q for q in range(codes.shape[1]) if q != largest]
        starts = np.cumsum([0, *sizes[others]])
        columns = np.column_stack([codes[:, q] + starts[i] for i, q in enumerate(others)])
        self._first, self._mass = codes[:, largest], np.bincount(codes[:, largest]).astype(float)
        indptr = np.arange(0, columns.size + 1, len(others))
        self._dummies = sparse.csr_array(
            (np.ones(columns.size), columns.ravel(), indptr), shape=(n, int(starts[-1]))
        )
        self._transposed = self._dummies.T.tocsr()
        member = sparse.csr_array((np.ones(n), (self._first, np.arange(n))))
        table = member @ self._dummies
        gram = (self._transposed @ self._dummies - table.T @ (table * (1 / self._mass)[:, None])).toarray()
        values, vectors = np.linalg.eigh(gram)
        kept = values > 1e-9 * values[-1]
        self._inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T

    def residual(self, values: np.ndarray) -> np.ndarray:
        """`values` (n,) less what the effects explain."""
        if not self.codes.shape[1]:
            return values
        if not self._factored:
            return demean(values[:, None], self.codes)[:, 0]
        left = self._less_means(values)
        for _ in range(2):
            left = left - self._less_means(self._dummies @ (self._inverse @ (self._transposed @ left)))
        return left

    def _less_means(self, values: np.ndarray) -> np.ndarray:
        return values - (np.bincount(self._first, values) / self._mass)[self._first]
