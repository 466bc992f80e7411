"""Tail probabilities and quantiles of the four laws that tests use; the functions that scipy.stats calls, without its import."""

from __future__ import annotations

import numpy as np
from scipy import special


def chi2_tail(value: float, df: float) -> float:
    """P(X > value) of chi-squared."""
    return float(special.chdtrc(df, value))


def f_tail(value: float, df1: float, df2: float) -> float:
    """P(X > value) of F."""
    return float(special.fdtrc(df1, df2, value))


def f_quantile(probability: float, df1: float, df2: float) -> float:
    return float(special.fdtri(df1, df2, probability))


def two_sided(statistic: np.ndarray, df: float | None) -> np.ndarray:
    """P(|X| > |statistic|) of t with `df` degrees of freedom, of the normal where df is None."""
    below = -np.abs(statistic)
    return 2 * (special.ndtr(below) if df is None else special.stdtr(df, below))


def quantile(probability: float, df: float | None) -> float:
    """Of t with `df` degrees of freedom, of the normal where df is None."""
    return float(special.ndtri(probability) if df is None else special.stdtrit(df, probability))
