"""Absorbed effects: integer codes, singletons, and how many coefficients they stand for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from keytech.econometrics.expressions import column


def codes_of(columns: tuple[str, ...], frame: pd.DataFrame) -> np.ndarray:
    """Codes 0..G-1 (n,) of a column or a combination of columns in the order of its levels; -1 where one is missing."""
    combined = None
    for name in columns:
        codes, levels = pd.factorize(column(name, frame), sort=True)
        combined = codes.astype(np.int64) if combined is None else _combine(combined, codes, len(levels))
    return combined


def _combine(left: np.ndarray, right: np.ndarray, levels: int) -> np.ndarray:
    pair = np.where((left < 0) | (right < 0), -1, left * levels + right)
    present = pair >= 0
    codes = np.full(len(pair), -1, dtype=np.int64)
    codes[present] = pd.factorize(pair[present], sort=True)[0]
    return codes


def compact(codes: np.ndarray) -> np.ndarray:
    """Renumber each column (n, q) to 0..G-1 without gaps, in the same order."""
    if not codes.shape[1]:
        return codes.astype(np.uint32)
    return np.column_stack([_without_gaps(code) for code in codes.T]).astype(np.uint32)


def _without_gaps(code: np.ndarray) -> np.ndarray:
    """Ranks (n,) of codes that are small non-negative integers."""
    present = np.bincount(code) > 0
    return (np.cumsum(present) - 1)[code]


def not_singleton(codes: np.ndarray) -> np.ndarray:
    """Mask (n,) of rows that stay when groups of one row are dropped until none is left (Correia 2015)."""
    keep = np.ones(len(codes), dtype=bool)
    while keep.any():
        alone = np.zeros(len(codes), dtype=bool)
        for code in codes.T:
            counts = np.bincount(code[keep], minlength=int(code.max()) + 1)
            alone |= counts[code] == 1
        if not (alone & keep).any():
            break
        keep &= ~alone
    return keep


@dataclass(frozen=True)
class AbsorbedDof:
    """Degrees of freedom of the effects.

    `levels`, `redundant`, `nested` per effect; `counted` leaves out effects nested in a cluster; `total` is what the
    effects use up whatever the clusters are (for aic and bic); `spent` is what adj_r2 and rmse subtract: reghdfe adds
    every level of a nested effect to `counted`; `nested_adj` is 1 where at least one effect is nested (the constant
    then has to be counted once).
    """

    levels: tuple[int, ...] = ()
    redundant: tuple[int, ...] = ()
    nested: tuple[bool, ...] = ()
    total: int = 0
    spent: int = 0

    @property
    def counted(self) -> int:
        pairs = zip(self.levels, self.redundant, self.nested, strict=True)
        return sum(levels - redundant for levels, redundant, nested in pairs if not nested)

    @property
    def nested_adj(self) -> int:
        return int(any(self.nested))


def absorbed_dof(codes: np.ndarray, clusters: list[np.ndarray], convention: str) -> AbsorbedDof:
    """Count effects (n, q) as reghdfe does (`stata`: nested effects free, pairwise mobility groups) or as fixest.

    Redundant levels: none for the first effect that is not nested where no effect is nested, else at least one per
    effect; under `stata` the number of connected components with an earlier effect where that is larger.
    """
    count = codes.shape[1]
    levels = tuple(int(code.max()) + 1 for code in codes.T)
    nested = tuple(any(_is_nested(code, cluster) for cluster in clusters) for code in codes.T)
    redundant: list[int] = []
    free = [index for index in range(count) if not nested[index]]
    for index in range(count):
        if nested[index]:
            redundant.append(levels[index])
            continue
        earlier = [other for other in free if other < index]
        fewest = 1 if earlier or any(nested) else 0
        if convention == "stata" and earlier:
            fewest = max([fewest, *[_components(codes[:, other], codes[:, index]) for other in earlier]])
        redundant.append(fewest)
    found = AbsorbedDof(levels, tuple(redundant), nested)
    total = absorbed_dof(codes, [], convention).counted if any(nested) else found.counted
    inside = sum(size for size, within in zip(levels, nested, strict=True) if within)
    return replace(found, total=total, spent=found.counted + inside if convention == "stata" else total)


def _is_nested(code: np.ndarray, cluster: np.ndarray) -> bool:
    """Whether every level of the effect lies within one cluster."""
    first = np.full(int(code.max()) + 1, -1, dtype=np.int64)
    first[code[::-1]] = cluster[::-1]
    return bool(np.array_equal(first[code], cluster))


def _components(left: np.ndarray, right: np.ndarray) -> int:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n_left, n_right = int(left.max()) + 1, int(right.max()) + 1
    shape = (n_left + n_right,) * 2
    graph = coo_matrix(
        (np.ones(len(left)), (left.astype(np.int64), right.astype(np.int64) + n_left)), shape=shape
    )
    return int(connected_components(graph, directed=False)[0])
