"""Sandwich variances and the small-sample conventions of Stata, fixest and none."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from keytech.econometrics.absorb import AbsorbedDof
from keytech.econometrics.errors import EstimationError


def meat(scores: np.ndarray, clusters: list[np.ndarray]) -> np.ndarray:
    """Sum of outer products of scores (n, k), added up within clusters first.

    Several cluster variables: inclusion and exclusion over their intersections (Cameron, Gelbach and Miller 2011).
    """
    if not clusters:
        return scores.T @ scores
    total = np.zeros((scores.shape[1],) * 2)
    for size in range(1, len(clusters) + 1):
        for chosen in combinations(clusters, size):
            sums = group_sums(scores, intersection(chosen))
            total += (-1) ** (size + 1) * (sums.T @ sums)
    return total


def intersection(clusters: tuple[np.ndarray, ...]) -> np.ndarray:
    """Codes of the joint groups."""
    joint = clusters[0].astype(np.int64)
    for code in clusters[1:]:
        joint = pd.factorize(joint * (int(code.max()) + 1) + code)[0]
    return joint


def group_sums(scores: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Column sums (G, k) within groups."""
    return (
        np.column_stack([np.bincount(code, column) for column in scores.T]) if scores.shape[1] else scores[:0]
    )


def smallest(clusters: list[np.ndarray]) -> int:
    """The number of clusters of the variable that has fewest."""
    return min(int(code.max()) + 1 for code in clusters)


@dataclass(frozen=True)
class Factor:
    """Multiplier of the sandwich (or of RSS/1 for iid) and the degrees of freedom of t, None for z."""

    scale: float
    df: float | None
    residual_df: int


def ols_factor(
    convention: str, kind: str, n: int, k: int, dof: AbsorbedDof, clusters: list[np.ndarray]
) -> Factor:
    """reghdfe: N/(N-K-a), or (N-1)/(N-K-a-nested_adj) G/(G-1) with the smallest G; t with N-K-a or min(G-1, N-K-a).

    `k` counts slopes (and the constant where nothing is absorbed). fixest differs in `dof` only.
    """
    residual = _positive(n - k - dof.total, n, k, dof)
    if convention == "none":
        return Factor(1.0 if kind != "iid" else 1.0 / n, None, residual)
    if kind == "iid":
        return Factor(1.0 / residual, residual, residual)
    if kind == "hetero":
        return Factor(n / residual, residual, residual)
    groups = smallest(clusters)
    left = _positive(n - k - dof.counted - dof.nested_adj, n, k, dof) + dof.nested_adj
    scale = (n - 1) / (left - dof.nested_adj) * groups / (groups - 1)
    return Factor(scale, min(groups - 1, left), residual)


def iv_factor(
    convention: str, kind: str, n: int, k: int, dof: AbsorbedDof, clusters: list[np.ndarray]
) -> Factor:
    """ivreghdfe: as `ols_factor` without nested_adj, and at least one degree of freedom for absorbed effects."""
    if convention != "stata" or kind != "cluster":
        return ols_factor(convention, kind, n, k, dof, clusters)
    groups = smallest(clusters)
    left = _positive(n - k - iv_absorbed(dof), n, k, dof)
    return Factor((n - 1) / left * groups / (groups - 1), groups - 1, left)


def _positive(left: int, n: int, k: int, dof: AbsorbedDof) -> int:
    """Degrees of freedom that are left; raises where there are none."""
    if left <= 0:
        raise EstimationError(
            f"no degrees of freedom: {n} rows for {k} terms and {dof.total} absorbed effects; use fewer of them"
        )
    return left


def iv_absorbed(dof: AbsorbedDof) -> int:
    """What ivreghdfe hands to ivreg2 as `sdofminus`."""
    return max(1, dof.counted) if dof.levels else 0


def ml_factor(convention: str, kind: str, n: int, k: int, clusters: list[np.ndarray]) -> float:
    """Maximum likelihood: Stata N/(N-1) and G/(G-1), none for iid; fixest multiplies all three by (N-1)/(N-K)."""
    extra = (n - 1) / (n - k) if convention == "fixest" else 1.0
    if kind == "iid" or convention == "none":
        return extra
    groups = smallest(clusters) if kind == "cluster" else n
    return extra * groups / (groups - 1)


NOT_PSD = "the multi-way variance was not positive semi-definite; negative eigenvalues set to zero"


def repaired(vcov: np.ndarray, slopes: int | None = None) -> tuple[np.ndarray, bool]:
    """Set negative eigenvalues of a multi-way variance (k, k) to zero, as reghdfe, ppmlhdfe and fixest do.

    Only the block of the first `slopes` terms is repaired for its own sake: the variance of a constant that stands
    for absorbed effects is often a rounding error below zero and must not move the slopes.
    """
    values, vectors = np.linalg.eigh((vcov + vcov.T) / 2)
    if values.min() >= 0:
        return vcov, False
    whole, fixed = (vectors * np.maximum(values, 0)) @ vectors.T, True
    if slopes is not None:
        whole[:slopes, :slopes], fixed = repaired(vcov[:slopes, :slopes])
    return whole, fixed
