"""The Anderson-Rubin test and the confidence set that inverts it, valid whatever the strength of the instruments."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from keytech.econometrics.iv_diagnostics import (
    first_stage_df,
    net_of_exogenous,
    quadratic_form,
    score_variance,
    small_factor,
)
from keytech.econometrics.laws import chi2_tail, f_quantile, f_tail
from keytech.econometrics.linear_algebra import cross, inverse, least_squares
from keytech.econometrics.variance import smallest

if TYPE_CHECKING:
    from keytech.econometrics.instrumental import IvParts


class _ReducedForm:
    """Wald statistic of the instruments in the reduced form of y - x b0, for any b0 (k,)."""

    def __init__(self, parts: IvParts):
        y, x, self.z = net_of_exogenous(parts)
        self.parts, self.stacked = parts, np.column_stack([y, x])
        self.pi = least_squares(self.z, self.stacked)
        residual = self.stacked - self.z @ self.pi
        scores = np.concatenate([residual[:, [j]] * self.z for j in range(residual.shape[1])], axis=1)
        self.bread = inverse(cross(self.z, self.z))
        self.meat = score_variance(scores, parts, self.z, residual)

    def wald(self, b0: np.ndarray) -> float:
        weights = np.concatenate([[1.0], -b0])
        select = np.kron(weights[None, :], np.eye(self.z.shape[1]))
        middle = select @ self.meat @ select.T
        gap = self.pi @ weights
        return quadratic_form(gap, self.bread @ middle @ self.bread)

    def walds(self, b0: np.ndarray) -> np.ndarray:
        """The same for many values at once, (B, k) -> (B,)."""
        gap, middle = np.column_stack([np.ones(len(b0)), -b0]) @ self.pi.T, self._middles(b0)
        solved = np.linalg.solve(self.bread @ middle @ self.bread, gap[:, :, None])[:, :, 0]
        return (gap * solved).sum(axis=1)

    def determinants(self, b0: np.ndarray) -> np.ndarray:
        """Of the variance in `walds`, up to a constant."""
        scale = np.sqrt(np.diag(self.meat)[: self.z.shape[1]])
        return np.linalg.det(self._middles(b0) / np.outer(scale, scale))

    def _middles(self, b0: np.ndarray) -> np.ndarray:
        """(B, l, l) sums of squared scores of y - x b0."""
        weights = np.column_stack([np.ones(len(b0)), -b0])
        m, n_instr = weights.shape[1], self.z.shape[1]
        blocks = self.meat.reshape(m, n_instr, m, n_instr)
        return np.einsum("bi,iljm,bj->blm", weights, blocks, weights, optimize=True)


def anderson_rubin(parts: IvParts, level: float) -> dict[str, Any]:
    """Test that all endogenous coefficients are zero, robust to weak instruments; the F form has the p-value.

    With one endogenous term also the set of values that the test does not reject at `level`; with two, an interval for
    each by projection.
    """
    form, n_instr = _ReducedForm(parts), parts.instr.shape[1]
    small = small_factor(parts)
    df = smallest(parts.clusters) - 1 if parts.kind == "cluster" else first_stage_df(parts)
    wald = form.wald(np.zeros(parts.endog.shape[1]))
    f = wald * small / n_instr
    found: dict[str, Any] = {
        "anderson_rubin_f": f,
        "anderson_rubin_p": f_tail(f, n_instr, df),
        "anderson_rubin_chi2": wald,
        "anderson_rubin_chi2_p": chi2_tail(wald, n_instr),
    }
    critical = f_quantile(level, n_instr, df) * n_instr / small
    if parts.endog.shape[1] == 1:
        found |= _confidence_set(form, critical)
    if parts.endog.shape[1] == 2:
        for index, name in enumerate(parts.endog_names):
            low, high = _projected(form, critical, index)
            found |= {f"anderson_rubin_ci_low.{name}": low, f"anderson_rubin_ci_high.{name}": high}
    return found


def _projected(form: _ReducedForm, critical: float, index: int) -> tuple[float, float]:
    """Projection of the joint set of two coefficients on one: values that the test accepts together with some value of the
    other (Dufour and Taamouti 2005). Conservative. The ends of the part that holds the two-stage estimate.

    For a given value, determinant times (critical - statistic) is a polynomial in the other coefficient; the set is not
    empty where it is positive at infinity or at one of its stationary points.
    """
    from numpy.polynomial import Chebyshev

    gram = form.z.T @ form.z
    pi_y, pi_x = form.pi[:, 0], form.pi[:, 1:]
    centre = np.linalg.solve(pi_x.T @ gram @ pi_x, pi_x.T @ gram @ pi_y)
    fitted = form.z @ pi_x
    residual = form.stacked[:, 0] - form.stacked[:, 1:] @ centre
    step = np.sqrt(np.diag(inverse(cross(fitted, fitted))) * (residual @ residual) / len(residual))
    degree = 2 * form.z.shape[1]
    nodes = 10 * np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))

    def accepted(value: float) -> bool:
        def at(others: np.ndarray) -> np.ndarray:
            b0 = np.empty((len(others), 2))
            b0[:, index], b0[:, 1 - index] = value, centre[1 - index] + step[1 - index] * others
            return b0

        points = at(nodes)
        slack = (critical - form.walds(points)) * form.determinants(points)
        curve = Chebyshev.fit(nodes, slack / np.abs(slack).max(), degree)
        stationary = curve.deriv().roots()
        real = stationary[np.abs(stationary.imag) < 1e-8 * (1 + np.abs(stationary.real))].real
        tried = np.concatenate([real, nodes, [-1e6, 1e6]])
        return bool((form.walds(at(tried)) <= critical).any())

    return tuple(_end(accepted, centre[index], sign * step[index]) for sign in (-1, 1))


def _end(accepted: Callable[[float], bool], start: float, step: float) -> float:
    """The accepted value farthest from `start` in the direction of `step`, by doubling and bisection; may be infinite."""
    if not accepted(start):
        return np.nan
    inside, outside = 0.0, 1.0
    while accepted(start + outside * step):
        inside, outside = outside, 2 * outside
        if outside > 1e6:
            return np.sign(step) * np.inf
    for _ in range(50):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if accepted(start + middle * step) else (inside, middle)
    return start + inside * step


def _confidence_set(form: _ReducedForm, critical: float) -> dict[str, Any]:
    """Values b with wald(b) <= critical: sign changes on the circle b = tan(angle), refined by bisection."""
    from scipy.optimize import brentq

    scale = np.linalg.norm(form.stacked[:, 0]) / np.linalg.norm(form.stacked[:, 1])

    def excess(angle: float) -> float:
        return form.wald(np.array([scale * np.tan(angle)])) - critical

    centre = np.arctan(form.pi[:, 0] @ form.z.T @ form.z @ form.pi[:, 1] / scale / _norm2(form))
    grid = np.unique(
        np.concatenate([np.linspace(-np.pi / 2, np.pi / 2, 2001)[1:-1], centre + _fine(), [centre]])
    )
    grid = grid[(grid > -np.pi / 2 + 1e-9) & (grid < np.pi / 2 - 1e-9)]
    values = form.walds(scale * np.tan(grid)[:, None]) - critical
    roots = [
        scale * np.tan(brentq(excess, low, high, xtol=1e-15, rtol=1e-15))
        for (low, at_low), (high, at_high) in pairwise(zip(grid, values, strict=True))
        if (at_low <= 0) != (at_high <= 0)
    ]
    return _describe(roots, bool(values[0] <= 0), bool(values[-1] <= 0))


def _norm2(form: _ReducedForm) -> float:
    return float(form.pi[:, 1] @ form.z.T @ form.z @ form.pi[:, 1])


def _fine() -> np.ndarray:
    steps = np.logspace(-8, -1, 200)
    return np.concatenate([-steps, steps])


def _describe(roots: list[float], open_left: bool, open_right: bool) -> dict[str, Any]:
    if not roots:
        shape = "whole line" if open_left else "empty"
        low, high = (-np.inf, np.inf) if open_left else (np.nan, np.nan)
    elif open_left and open_right:
        shape, low, high = "two rays", max(roots), min(roots)
    elif open_left or open_right:
        shape, low, high = (
            "unbounded",
            -np.inf if open_left else min(roots),
            np.inf if open_right else max(roots),
        )
    else:
        shape, low, high = "interval", min(roots), max(roots)
    return {
        "anderson_rubin_ci": [low, high],
        "anderson_rubin_ci_low": low,
        "anderson_rubin_ci_high": high,
        "anderson_rubin_set": shape,
    }
