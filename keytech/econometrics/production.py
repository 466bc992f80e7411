"""`production_function`: Ackerberg-Caves-Frazer and Levinsohn-Petrin, Cobb-Douglas or translog, with markups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, to_float
from keytech.econometrics.linear_algebra import independent, least_squares, sum_of_squares
from keytech.econometrics.result import Estimate, coefficient_table
from keytech.econometrics.sample import filtered
from keytech.econometrics.specification import Specification
from keytech.econometrics.variance import group_sums


def run(specification: Specification, data: Any) -> Estimate:
    """All inputs and the output in logs; sources: Ackerberg, Caves and Frazer 2015; Levinsohn and Petrin 2003.

    Stage 1 is a polynomial of `degree` in all inputs, stage 2 solves E[xi z] = 0 with a polynomial law of motion.
    z holds state inputs at t, the proxy at t-1 where it is an input, free inputs at t-1 (`free_timing: current` treats
    them as predetermined), and their squares and products under translog. Several exact roots are usual (a free input near
    its revenue share of one is the spurious one): all are reported, and the root with the smallest innovation variance is
    taken, because a spurious root loads the noise of the free inputs on productivity.
    `controls` are further variables of the demand for the proxy (z of De Loecker and Warzynski 2012, p. 2446): they enter
    stage 1, and their lags are further instruments, for with materials as an input an elasticity of one solves the other
    moments too (Gandhi, Navarro and Rivers 2020). The moments are then weighted by the inverse of Z'Z, as in 2SLS, and
    the start with the smallest criterion is reported.
    `time_effects` enter stage 1 and the law of motion.
    Errors count both stages and are clustered by unit; z tests.
    """
    inputs = _inputs(specification.settings)
    panel, counts = _panel(specification, data, inputs)
    problem = Problem.build(panel, inputs, specification.settings)
    roots = problem.roots(specification.settings.starts)
    best = roots.iloc[0]
    beta = best[problem.terms].to_numpy(dtype=float)
    vcov = problem.variance(beta)
    return _result(specification, panel, counts, problem, beta, vcov, roots)


@dataclass(frozen=True)
class Inputs:
    """Names of free and state inputs and of the proxy; `gross` where the proxy is itself an input."""

    free: list[str]
    state: list[str]
    proxy: str

    @property
    def production(self) -> list[str]:
        return [*self.free, *self.state]

    @property
    def gross(self) -> bool:
        return self.proxy in self.production

    @property
    def all(self) -> list[str]:
        return list(dict.fromkeys([*self.free, *self.state, self.proxy]))


def _inputs(settings) -> Inputs:
    free = [settings.free] if isinstance(settings.free, str) else list(settings.free)
    state = [settings.state] if isinstance(settings.state, str) else list(settings.state)
    if set(free) & set(state):
        raise EstimationError(f"{sorted(set(free) & set(state))} are both free and state inputs")
    return Inputs(free, state, settings.proxy)


def _panel(specification: Specification, data: Any, inputs: Inputs) -> tuple[pd.DataFrame, dict[str, Any]]:
    settings = specification.settings
    frame, counts = filtered(specification, data)
    table = pd.DataFrame(
        {
            "unit": pd.factorize(column(settings.unit, frame))[0],
            "time": to_float(column(settings.time, frame)),
        }
    )
    for name in [settings.output, *inputs.all]:
        table[name] = to_float(column(name, frame))
    controls = [settings.controls] if isinstance(settings.controls, str) else settings.controls
    for place, name in enumerate(controls):
        table[f"__control_{place}__"] = to_float(column(name, frame))
    if settings.expenditure_share:
        table["__share__"] = to_float(column(settings.expenditure_share, frame))
    table["row"] = frame.index.to_numpy()
    needed = ["time", settings.output, *inputs.all, *_controls(table)]
    complete = np.isfinite(table[needed]).all(axis=1) & (table["unit"] >= 0)
    counts["missing"] += int((~complete).sum())
    table = table[complete].sort_values(["unit", "time"], ignore_index=True)
    if table.duplicated(["unit", "time"]).any():
        raise EstimationError(f"rows repeat a {settings.unit}-{settings.time} pair")
    if len(table) < 50:
        raise EstimationError(f"{len(table)} complete rows are too few for a production function")
    return table, counts


def _controls(table: pd.DataFrame) -> list[str]:
    return [name for name in table if name.startswith("__control_")]


def polynomial(columns: np.ndarray, degree: int) -> np.ndarray:
    """Constant and all monomials up to `degree` of columns (n, k)."""
    terms = [np.ones(len(columns))]
    for power in range(1, degree + 1):
        terms += [
            np.prod(columns[:, list(c)], axis=1)
            for c in combinations_with_replacement(range(columns.shape[1]), power)
        ]
    return np.column_stack(terms)


def quadratic_names(names: list[str]) -> list[str]:
    return [f"{a}:{b}" for a, b in combinations_with_replacement(names, 2)]


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
        controls = panel[_controls(panel)].to_numpy(dtype=float)
        first = np.column_stack([polynomial((x - centre) / spread, settings.degree), controls])
        if settings.time_effects:
            first = np.column_stack([first, _dummies(panel["time"].to_numpy())])
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
        now, before = _consecutive(panel)
        z = _with_controls(
            _instruments(panel, inputs, settings, now, before),
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
            _dummies(panel["time"].to_numpy()[now]) if settings.time_effects else np.empty((len(now), 0)),
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
        z = _standard(self.z)
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


def _dummies(time: np.ndarray) -> np.ndarray:
    """Indicators (n, periods - 1) of every period but the first."""
    return (time[:, None] == np.unique(time)[1:]).astype(float)


def _standard(z: np.ndarray) -> np.ndarray:
    return (z - z.mean(axis=0)) / np.maximum(z.std(axis=0), 1e-12)


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


def _consecutive(panel: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    unit, time = panel["unit"].to_numpy(), panel["time"].to_numpy()
    follows = (unit[1:] == unit[:-1]) & (time[1:] == time[:-1] + 1)
    now = np.flatnonzero(follows) + 1
    if len(now) < 30:
        raise EstimationError(f"{len(now)} rows follow the previous period of their unit: too few")
    return now, now - 1


def _instruments(panel, inputs: Inputs, settings, now, before) -> np.ndarray:
    """z (m, p): one instrument per term of the production function."""
    columns = []
    for name in inputs.production:
        values = panel[name].to_numpy()
        current = name in inputs.state or (settings.free_timing == "current" and name != inputs.proxy)
        columns.append(values[now] if current else values[before])
    z = np.column_stack(columns)
    if settings.form == "translog":
        z = np.column_stack([z, polynomial(z, 2)[:, 1 + z.shape[1] :]])
    return z


def _with_controls(z: np.ndarray, controls: np.ndarray, inputs: int, settings) -> np.ndarray:
    """z (m, p) with lagged controls and, under translog, their products with the first-order instruments."""
    columns = [z, controls]
    if settings.form == "translog":
        columns += [controls[:, [place]] * z[:, :inputs] for place in range(controls.shape[1])]
    z = np.column_stack(columns)
    if not controls.shape[1]:
        return z
    z = z[:, z.std(axis=0) > 1e-9]
    return z[:, independent(_standard(z), sum_of_squares(_standard(z)))]


def elasticities(panel: pd.DataFrame, production: list[str], beta: dict[str, float]) -> pd.DataFrame:
    """Output elasticity of each input per row: d f / d input."""
    found = {}
    for name in production:
        value = np.full(len(panel), beta.get(name, 0.0))
        for other in production:
            key = f"{name}:{other}" if f"{name}:{other}" in beta else f"{other}:{name}"
            if key in beta:
                value = value + beta[key] * panel[other].to_numpy() * (2.0 if other == name else 1.0)
        found[name] = value
    return pd.DataFrame(found)


def _result(specification, panel, counts, problem: Problem, beta, vcov, roots) -> Estimate:
    settings, inputs = specification.settings, _inputs(specification.settings)
    table = coefficient_table(problem.terms, beta, vcov, None, settings.confidence_level)
    known = problem.fixed | dict(zip(problem.terms, (float(b) for b in beta), strict=True))
    if problem.fixed:
        table = pd.concat([_lp_rows(problem, panel, inputs, settings), table], ignore_index=True)
    slopes = elasticities(panel, inputs.production, known)
    notes = []
    exact = int(roots["exact"].sum())
    if exact > 1:
        notes.append(
            f"the moments have {exact} exact roots; the one with the smallest innovation variance is reported, see table roots"
        )
    statistics = {
        "n_obs": len(panel),
        "n_moments": len(problem.now),
        "n_units": int(panel["unit"].nunique()),
        "criterion": float(roots["criterion"].iloc[0]),
        "n_roots": exact,
        "converged": bool(roots["converged"].iloc[0]),
        "returns_to_scale": float(slopes.sum(axis=1).mean()),
        **{f"elasticity.{name}": float(slopes[name].mean()) for name in slopes},
    }
    tables = {"roots": roots, "productivity": _productivity(panel, problem, beta, slopes)}
    if settings.markup:
        tables["markup"] = markup(panel, problem, slopes, inputs, settings)
        statistics["markup_median"] = float(tables["markup"]["markup"].median())
    sample = {**counts, "used": len(panel), "clusters": {settings.unit: statistics["n_units"]}}
    return Estimate(
        "production_function", specification.formula, table, statistics, sample, tuple(notes), tables=tables
    )


def _lp_rows(problem: Problem, panel, inputs: Inputs, settings) -> pd.DataFrame:
    """Stage-1 slopes of Levinsohn-Petrin with errors clustered by unit."""
    free = list(problem.fixed)
    both = np.column_stack([panel[free].to_numpy(), problem.first])
    residual = problem.y - problem.first @ problem.gamma
    bread = np.linalg.pinv(both.T @ both)
    sums = group_sums(both * residual[:, None], panel["unit"].to_numpy())
    vcov = (bread @ sums.T @ sums @ bread)[: len(free), : len(free)]
    return coefficient_table(
        free, np.array(list(problem.fixed.values())), vcov, None, settings.confidence_level
    )


def _productivity(panel, problem: Problem, beta, slopes) -> pd.DataFrame:
    omega = problem.omega(beta, problem.gamma)
    named = {f"elasticity_{name}": slopes[name] for name in slopes}
    return pd.DataFrame({"row": panel["row"], "productivity": omega, **named})


def markup(panel, problem: Problem, slopes, inputs: Inputs, settings) -> pd.DataFrame:
    """De Loecker and Warzynski 2012: elasticity over the expenditure share corrected by the stage-1 residual.

    The share is `expenditure_share`, else exp(input - output) from logs in the same prices.
    """
    name = settings.markup_input or inputs.proxy
    if name not in slopes:
        raise EstimationError(
            f"markup_input {name!r} is not an input of the production function: {inputs.production}"
        )
    residual = problem.y - problem.first @ problem.gamma
    output = problem.y + sum(value * panel[free].to_numpy() for free, value in problem.fixed.items())
    share = (
        panel["__share__"].to_numpy()
        if settings.expenditure_share
        else np.exp(panel[name].to_numpy() - output)
    )
    corrected = share * np.exp(residual)
    value = slopes[name].to_numpy() / corrected
    return pd.DataFrame(
        {"row": panel["row"], "markup": value, "elasticity": slopes[name], "share": corrected}
    )
