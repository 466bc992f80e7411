"""Differences of a coefficient between groups for many labellings at once: effects taken out of all rows before the draws."""

from __future__ import annotations

import numpy as np

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.linear import normalised
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.sample import Design

_BATCH = 100


def differences_once(design: Design, labels: np.ndarray, at: int) -> np.ndarray:
    """b_high - b_low (B,) of term `at` for labels (n, B) of 0 and 1.

    y and x are freed of the effects on all rows once; each group then has its own slopes and constant. Every draw
    needs only the cross products of its high rows, so that all draws are one matrix product.
    Raises EstimationError where a draw leaves a group without variation.
    """
    w = normalised(design.weights)
    block = demean(np.column_stack([design.y, design.x]), design.codes, w)
    scale = block.std(axis=0)
    scale[scale == 0] = 1.0
    constant = [] if design.has_constant else [np.ones(design.n)]
    rows = np.column_stack([block / scale, *constant])
    upper = np.triu_indices(rows.shape[1])
    products = rows[:, upper[0]] * rows[:, upper[1]]
    if w is not None:
        products *= w[:, None]
    total = products.sum(axis=0)
    found = []
    for start in range(0, labels.shape[1], _BATCH):
        high = labels[:, start : start + _BATCH].T.astype(float) @ products
        found.append(_slopes(high, upper, at) - _slopes(total - high, upper, at))
    return np.concatenate(found) * scale[0] / scale[1 + at]


def _slopes(products: np.ndarray, upper, at: int) -> np.ndarray:
    """Coefficient of column `at` of x from cross products (B, m) of [y, x, constant], upper triangle."""
    k = int(upper[0].max()) + 1
    gram = np.zeros((len(products), k, k))
    gram[:, upper[0], upper[1]] = products
    gram[:, upper[1], upper[0]] = products
    try:
        return np.linalg.solve(gram[:, 1:, 1:], gram[:, 1:, :1])[:, at, 0]
    except np.linalg.LinAlgError as error:
        raise EstimationError("a draw leaves a group without variation; permute at another level") from error
