"""The moment problem of a production function: stage 1, law of motion, roots, and the variance of both stages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.linear_algebra import independent, least_squares, sum_of_squares
from keytech.econometrics.production_inputs import (
    Inputs,
    consecutive,
    control_columns,
    instruments,
    period_dummies,
    polynomial,
    quadratic_names,
    standardised,
    with_controls,
)
from keytech.econometrics.variance import group_sums


@dataclass(frozen=True)
class Problem:
    """Stage 2: f (n, p) terms of the production function, their lags, phi and its lag, instruments z.

    Rows are the unit-times that follow the unit's previous period; `fixed` holds coefficients known from stage 1 (LP).
    """

    terms: list[str]
    fixed: dict[str, float]
    first: np.ndarray
    y: np.ndarray
    f_all: np.ndarray
    now: np.ndarray
    before: np.ndarray
    z: np.ndarray
    unit: np.ndarray
    gamma: np.ndarray
    f_columns: np.ndarray
    times: np.ndarray
    overidentified: bool

    @staticmethod
    def build(panel: pd.DataFrame, inputs: Inputs, settings) -> Problem:
        x = panel[inputs.all].to_numpy()
        centre, spread = x.mean(axis=0), x.std(axis=0)
        if (spread == 0).any():
            raise EstimationError(f"input {inputs.all[int(np.argmin(spread))]!r} has no variation")
        controls = panel[control_columns(panel)].to_numpy(dtype=float)
        first = np.column_stack([polynomial((x - centre) / spread, settings.degree), controls])
        if settings.time_effects:
            first = np.column_stack([first, period_dummies(panel["time"].to_numpy())])
        production = panel[inputs.production].to_numpy()
        names, f = list(inputs.production), production
        if settings.form == "translog":
            names += quadratic_names(inputs.production)
            f = np.column_stack([production, polynomial(production, 2)[:, 1 + production.shape[1] :]])
        fixed: dict[str, float] = {}
        if settings.method == "lp":
            if settings.form == "translog":
                raise EstimationError("method lp is for cobb_douglas")
            if controls.shape[1]:
                raise EstimationError("controls are for method acf")
            first, fixed = _lp_first(panel, inputs, settings, first)
        keep = independent(first, sum_of_squares(first))
        first = first[:, keep]
        y = panel[settings.output].to_numpy()
        gamma = least_squares(first, y)
        now, before = consecutive(panel)
        z = with_controls(
            instruments(panel, inputs, settings, now, before),
            controls[before],
            len(inputs.production),
            settings,
        )
        free = [index for index, name in enumerate(names) if name not in fixed]
        if settings.method == "lp":
            z = z[:, [index for index, name in enumerate(inputs.production) if name not in fixed]]
        return Problem(
            [names[index] for index in free], fixed, first, y, f, now, before, z,
            panel["unit"].to_numpy(), gamma, np.array(free),
            period_dummies(panel["time"].to_numpy()[now]) if settings.time_effects else np.empty((len(now), 0)),
            bool(controls.shape[1]),
        )  # fmt: skip

    def omega(self, beta: np.ndarray, gamma: np.ndarray) -> np.ndarray:
        """Productivity (n,) of all rows: phi minus the production function (LP: phi is net of the free inputs)."""
        return self.first @ gamma - self.f_all[:, self.f_columns] @ beta

    def innovation(self, beta: np.ndarray, gamma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """xi (m,) and the law-of-motion regressors (m, 4 and time effects)."""
        omega = self.omega(beta, gamma)
        lag = omega[self.before]
        scaled = (lag - lag.mean()) / max(lag.std(), 1e-12)
        law = np.column_stack([np.ones_like(lag), scaled, scaled**2, scaled**3, self.times])
        return omega[self.now] - law @ np.linalg.lstsq(law, omega[self.now], rcond=None)[0], law

    @cached_property
    def weighted(self) -> np.ndarray:
        """Instruments (m, p) whose moments are compared: standardised, and orthonormal where there are too many."""
        z = standardised(self.z)
        return np.linalg.qr(z)[0] * np.sqrt(len(z)) if self.overidentified else z

    def moments(self, beta: np.ndarray) -> np.ndarray:
        xi, _ = self.innovation(beta, self.gamma)
        return self.weighted.T @ xi / len(xi)

    def slopes(self, beta: np.ndarray) -> np.ndarray:
        """Derivative (p, k) of the moments at a given law of motion (variable projection, Kaufman 1975)."""
        omega = self.omega(beta, self.gamma)
        lag = omega[self.before]
        scale = max(lag.std(), 1e-12)
        xi, law = self.innovation(beta, self.gamma)
        base = np.linalg.qr(law)[0]
        motion = np.linalg.lstsq(law, omega[self.now], rcond=None)[0]
        u = (lag - lag.mean()) / scale
        pull = (motion[1] + 2 * motion[2] * u + 3 * motion[3] * u**2) / scale
        f = self.f_all[:, self.f_columns]
        change = pull[:, None] * f[self.before] - f[self.now]
        change -= base @ (base.T @ change)
        return self.weighted.T @ change / len(xi)

    def roots(self, starts: int) -> pd.DataFrame:
        """Solutions from several starts: exact ones first, then by innovation; too many moments: by criterion."""
        from scipy.optimize import least_squares as solve

        design = np.column_stack([np.ones(len(self.y)), self.f_all])
        ols = np.linalg.lstsq(design, self.y, rcond=None)[0][1:][self.f_columns]
        rng = np.random.default_rng(20261120)
        guesses = [
            ols,
            ols * 0.8,
            ols * 1.2,
            *(ols * rng.uniform(0.2, 1.6, len(ols)) for _ in range(starts - 3)),
        ]
        rows: list[dict[str, Any]] = []
        for guess in guesses:
            found = solve(
                self.moments,
                guess,
                self.slopes if self.overidentified else "2-point",
                method="lm" if len(guess) <= self.z.shape[1] else "trf",
                xtol=1e-14,
                ftol=1e-14,
            )
            if any(np.allclose(found.x, [row[t] for t in self.terms], rtol=1e-4, atol=1e-5) for row in rows):
                continue
            rows.append(
                dict(zip(self.terms, found.x, strict=True))
                | self._quality(found.x)
                | {"converged": found.success}
            )
        table = pd.DataFrame(rows)
        exact = table["criterion"] < 1e-10
        if self.overidentified:
            return table.assign(exact=exact).sort_values("criterion", ignore_index=True)
        if not exact.any():
            raise EstimationError(
                f"no start solves the moments; smallest criterion {table['criterion'].min():.2e}"
            )
        return table.assign(exact=exact).sort_values(
            ["exact", "innovation_sd"], ascending=[False, True], ignore_index=True
        )

    def _quality(self, beta: np.ndarray) -> dict[str, float]:
        xi, _ = self.innovation(beta, self.gamma)
        moments = self.weighted.T @ xi / len(xi)
        return {"criterion": float(moments @ moments), "innovation_sd": float(xi.std())}

    def variance(self, beta: np.ndarray) -> np.ndarray:
        """Sandwich of the stacked moments (stage 1, law of motion concentrated out, stage 2), clustered by unit."""
        size = len(self.gamma)

        def stacked(theta: np.ndarray) -> np.ndarray:
            gamma, b = theta[:size], theta[size:]
            scores = np.zeros((len(self.y), size + self.z.shape[1]))
            scores[:, :size] = self.first * (self.y - self.first @ gamma)[:, None]
            xi, law = self.innovation(b, gamma)
            z = self.z - law @ np.linalg.lstsq(law, self.z, rcond=None)[0]
            scores[self.now, size:] = z * xi[:, None]
            return scores

        theta = np.concatenate([self.gamma, beta])
        jacobian = np.empty((size + self.z.shape[1], len(theta)))
        for index in range(len(theta)):
            step = np.zeros_like(theta)
            step[index] = 1e-6 * max(1.0, abs(theta[index]))
            change = stacked(theta + step).sum(axis=0) - stacked(theta - step).sum(axis=0)
            jacobian[:, index] = change / (2 * step[index])
        chosen = self._chosen(jacobian[size:, size:])
        influence = np.linalg.solve(chosen @ jacobian, chosen @ group_sums(stacked(theta), self.unit).T)
        return (influence @ influence.T)[size:, size:]

    def _chosen(self, slopes: np.ndarray) -> np.ndarray:
        """Combinations of all moments that are solved exactly: (stage 1 + k, stage 1 + p); slopes (p, k) are those of Z'xi."""
        size = len(self.gamma)
        if not self.overidentified:
            return np.eye(size + len(slopes))
        centred = self.z - self.z.mean(axis=0)
        chosen = np.zeros((size + slopes.shape[1], size + len(slopes)))
        chosen[:size, :size] = np.eye(size)
        chosen[size:, size:] = np.linalg.solve(centred.T @ centred, slopes).T
        return chosen


def _lp_first(panel, inputs: Inputs, settings, first) -> tuple[np.ndarray, dict[str, float]]:
    """Levinsohn-Petrin stage 1: free inputs enter linearly, the polynomial is in state and proxy."""
    free = [name for name in inputs.free if name != inputs.proxy]
    rest = [name for name in inputs.all if name not in free]
    x = panel[rest].to_numpy()
    control = polynomial((x - x.mean(axis=0)) / x.std(axis=0), settings.degree)
    linear = panel[free].to_numpy()
    both = np.column_stack([linear, control])
    slopes = least_squares(
        both[:, independent(both, sum_of_squares(both))], panel[settings.output].to_numpy()
    )[: len(free)]
    fixed = dict(zip(free, (float(value) for value in slopes), strict=True))
    panel[settings.output] = panel[settings.output] - linear @ slopes
    return control, fixed
