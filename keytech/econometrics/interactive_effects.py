"""`ife`: interactive fixed effects (Bai 2009) with gaps in the panel and a choice of the number of factors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.absorb import absorbed_dof
from keytech.econometrics.absorber import Absorber
from keytech.econometrics.acceleration import Anderson
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.linear import drop_collinear, wald_test
from keytech.econometrics.linear_algebra import inverse, least_squares
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.result import Estimate, coefficient_table
from keytech.econometrics.sample import Design, design_of, filtered
from keytech.econometrics.specification import Specification
from keytech.econometrics.variance import meat, smallest

_NO_RISE, _COMPARED = 1e-10, 1e-6
_EFFECTS = {"none": (), "unit": ("unit",), "time": ("time",), "twoway": ("unit", "time")}


def run(specification: Specification, data: Any) -> Estimate:
    """y = x b + additive effects + loading_i' factor_t + e by least squares over the observed cells (Bai 2009).

    In a balanced panel unit and period effects are removed first (section 8). With gaps, or effects of other columns, they
    are estimated together with the factors, and missing cells are filled by expectation-maximisation (appendix B). Errors
    come from regressors net of effects and factor space (theorem 3), iid, HC1 or clustered, t with the residual degrees of
    freedom (clusters less one).
    """
    if specification.weights:
        raise EstimationError("'ife' takes no weights")
    settings = specification.settings
    design, unit, time = _panel(specification, data)
    block = demean(np.column_stack([design.y, design.x]), design.codes)
    y, x = block[:, 0], block[:, 1:]
    design, x, notes = drop_collinear(design, x, None)
    if not design.x_names:
        raise EstimationError("no regressor varies beyond the additive effects")
    table = None
    panel = Cells(y, x, unit, time, _joint_effects(design, settings, unit, time))
    if settings.factors == "ic":
        chosen, table = choose_factors(panel, settings.max_factors, settings)
    else:
        chosen = settings.factors
    fit = fit_factors(panel, chosen, settings.tolerance, settings.max_iterations)
    return _estimate(specification, design, panel, fit, notes, table)


@dataclass(frozen=True)
class Cells:
    """y (n,) and x (n, k) net of additive effects, unit and time codes (n,); `codes` (n, q) are the effects that have to be
    estimated together with the factors, none where removing them once is exact."""

    y: np.ndarray
    x: np.ndarray
    unit: np.ndarray
    time: np.ndarray
    codes: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.unit.max()) + 1, int(self.time.max()) + 1


def _joint_effects(design: Design, settings, unit, time) -> np.ndarray:
    balanced = design.n == (int(unit.max()) + 1) * (int(time.max()) + 1)
    simple = {(settings.unit,), (settings.time,)}
    if balanced and set(design.formula.effects) <= simple:
        return design.codes[:, :0]
    return design.codes


def _panel(specification: Specification, data: Any) -> tuple[Design, np.ndarray, np.ndarray]:
    settings = specification.settings
    frame, counts = filtered(specification, data)
    known = frame[settings.unit].notna() & frame[settings.time].notna() if settings.unit in frame else None
    if known is None or settings.time not in frame:
        raise EstimationError(f"unknown column {settings.unit!r} or {settings.time!r}")
    counts["missing"] += int((~known).sum())
    frame = frame[known.to_numpy()]
    named = {"unit": (settings.unit,), "time": (settings.time,)}
    parsed = specification.parsed
    extra = tuple(named[key] for key in _EFFECTS[settings.effects] if named[key] not in parsed.effects)
    formula = replace(parsed, effects=(*parsed.effects, *extra))
    design = design_of(specification, frame, counts, formula, drop_singletons=False)
    place = frame.index.get_indexer(design.rows)
    unit = pd.factorize(frame[settings.unit].to_numpy()[place], sort=True)[0]
    time = pd.factorize(frame[settings.time].to_numpy()[place], sort=True)[0]
    if pd.DataFrame({"u": unit, "t": time}).duplicated().any():
        raise EstimationError(f"rows repeat a {settings.unit}-{settings.time} pair")
    return design, unit, time


@dataclass(frozen=True)
class FactorFit:
    """beta (k,), residual (n,), loadings (N, r), factors (T, r), sum of squares, iterations, and 1 + the starts that ended in
    a larger sum of squares."""

    beta: np.ndarray
    residual: np.ndarray
    loadings: np.ndarray
    factors: np.ndarray
    rss: float
    iterations: int
    minima: int = 1


def fit_factors(panel: Cells, r: int, tolerance: float, max_iterations: int) -> FactorFit:
    """The smallest sum of squares that least squares, two-way least squares and zero as starts reach (Bai 2009, section 3,
    advises several: the sum of squares may have local minima). Starts are compared at `_COMPARED`, the best goes on.

    Raises EstimationError where r is too large or the iteration converges from no start.
    """
    n_units, n_times = panel.shape
    if not 0 <= r < min(n_units, n_times):
        raise EstimationError(f"{r} factors in a panel of {n_units} units and {n_times} periods")
    beta = least_squares(panel.x, panel.y)
    if r == 0:
        residual = panel.y - panel.x @ beta
        none = np.empty((n_units, 0)), np.empty((n_times, 0))
        return FactorFit(beta, residual, *none, float(residual @ residual), 0)
    codes = np.column_stack([panel.unit, panel.time])
    within = demean(np.column_stack([panel.y, panel.x]), codes)
    twoway = np.linalg.lstsq(within[:, 1:], within[:, 0], rcond=1e-8)[0]
    starts = (beta, twoway, np.zeros_like(beta))
    fits, index, failures = [], [], []
    for place, start in enumerate(starts):
        try:
            fits.append(_iterate(panel, r, start, None, max(tolerance, _COMPARED), max_iterations))
            index.append(place)
        except EstimationError as error:
            failures.append(error)
    if not fits:
        raise failures[0]
    place = int(np.argmin([fit.rss for fit in fits]))
    best = fits[place]
    minima = 1 + sum(fit.rss > best.rss * (1 + 1e-3) for fit in fits)
    filled = best.loadings @ best.factors.T
    filled[panel.unit, panel.time] += best.residual
    try:
        fit = _iterate(panel, r, best.beta, filled, tolerance, max_iterations)
    except EstimationError:
        fit = _iterate(panel, r, starts[index[place]], None, tolerance, max_iterations)
    return replace(fit, minima=minima, iterations=fit.iterations + best.iterations)


def _iterate(panel: Cells, r: int, beta, filled: np.ndarray | None, tolerance: float, max_iterations: int):
    """Alternate least squares for beta (and joint effects) and principal components for the factors (Bai 2009, equations
    11 and 12). Cells that are missing are filled with their fitted factor part; the iteration is accelerated (Anderson 1965),
    and returns to its last plain step where the sum of squares rises."""
    y, x, unit, time = panel.y, panel.x, panel.unit, panel.time
    n_units, n_times = panel.shape
    step = Anderson()
    if filled is None:
        filled = np.zeros((n_units, n_times))
        filled[unit, time] = y - x @ beta
    solve, effects = np.linalg.pinv(x), Absorber(panel.codes)
    floor = np.finfo(float).eps * float(y @ y)
    best, plain = np.inf, filled
    for iteration in range(1, max_iterations + 1):
        loadings, factors = _components(filled, r)
        target = loadings @ factors.T
        common = target[unit, time]
        left = y - effects.residual(common)
        update = solve @ left
        residual = left - x @ update
        rss = float(residual @ residual)
        moved = float(np.max(np.abs(update - beta) / (np.abs(beta) + 1e-3), initial=0.0))
        beta = update
        if moved < tolerance and abs(best - rss) <= tolerance * rss + floor:
            return FactorFit(beta, residual, loadings, factors, rss, iteration)
        if rss > best * (1 + _NO_RISE) + floor:
            filled, step, best = plain, Anderson(), np.inf
            continue
        target[unit, time] = common + residual
        filled, plain, best = step.next(filled, target, False), target, rss
    raise EstimationError(
        f"interactive effects did not converge in {max_iterations} iterations (last change {moved:.1e}); a constant beside "
        "factors is often the reason: write 0 + x, or effects: twoway"
    )


def _components(matrix: np.ndarray, r: int) -> tuple[np.ndarray, np.ndarray]:
    """Loadings (N, r) and factors (T, r), F'F/T = I, of a filled matrix (N, T), from the smaller Gram matrix."""
    n_units, n_times = matrix.shape
    if n_times <= n_units:
        vectors = np.linalg.eigh(matrix.T @ matrix)[1][:, ::-1][:, :r]
        factors = vectors * np.sqrt(n_times)
        return matrix @ factors / n_times, factors
    left = np.linalg.eigh(matrix @ matrix.T)[1][:, ::-1][:, :r]
    raw = matrix.T @ left
    scale = np.sqrt((raw**2).mean(axis=0))
    return left * scale, raw / scale


def choose_factors(panel: Cells, largest: int, settings) -> tuple[int, pd.DataFrame]:
    """Number of factors that minimises IC_p2 of Bai and Ng 2002, ln V(r) + r (N+T)/(NT) ln min(N, T)."""
    (n_units, n_times), n = panel.shape, len(panel.y)
    penalty = (n_units + n_times) / n * np.log(min(n_units, n_times))
    rows = []
    for r in range(0, min(largest, min(n_units, n_times) - 1) + 1):
        fit = fit_factors(panel, r, 1e-8, settings.max_iterations)
        rows.append(
            {"factors": r, "variance": fit.rss / n, "ic_p2": float(np.log(fit.rss / n) + r * penalty)}
        )
    table = pd.DataFrame(rows)
    return int(table.loc[table["ic_p2"].idxmin(), "factors"]), table


def net_of_factors(panel: Cells, fit: FactorFit) -> np.ndarray:
    """Regressors (n, k) net of all directions loading_i' dF_t + dloading_i' F_t and of the joint effects (balanced: M_F X
    M_Lambda)."""
    from scipy.sparse import csr_array, hstack
    from scipy.sparse.linalg import lsmr

    n, r = len(panel.x), fit.factors.shape[1]
    if r == 0:
        return panel.x
    rows, offset = np.repeat(np.arange(n), r), np.tile(np.arange(r), n)
    scale = np.sqrt((fit.loadings**2).mean(axis=0))
    parts = [
        (fit.factors[panel.time].ravel(), np.repeat(panel.unit, r) * r + offset, len(fit.loadings) * r),
        (
            (fit.loadings / scale)[panel.unit].ravel(),
            np.repeat(panel.time, r) * r + offset,
            len(fit.factors) * r,
        ),
    ]
    blocks = [csr_array((values, (rows, columns)), (n, width)) for values, columns, width in parts]
    blocks += [csr_array((np.ones(n), (np.arange(n), code.astype(np.int64)))) for code in panel.codes.T]
    directions = hstack(blocks).tocsr()
    norms = np.sqrt(np.asarray(directions.multiply(directions).sum(axis=0)).ravel())
    directions = directions.multiply(1 / np.where(norms > 0, norms, 1.0)).tocsr()
    columns = [
        column - directions @ lsmr(directions, column, atol=1e-13, btol=1e-13, maxiter=20000)[0]
        for column in panel.x.T
    ]
    return np.column_stack(columns)


def _estimate(specification, design: Design, panel: Cells, fit: FactorFit, notes, table) -> Estimate:
    settings, n, k = specification.settings, design.n, panel.x.shape[1]
    r, n_units, n_times = fit.factors.shape[1], len(fit.loadings), len(fit.factors)
    absorbed = absorbed_dof(design.codes, [], "stata").total
    by_unit = (settings.unit,) in design.formula.effects
    by_time = (settings.time,) in design.formula.effects
    factor_dof = r * (n_units + n_times) - r**2 - r * (by_unit + by_time)
    left = n - k - absorbed - factor_dof
    if left <= 0:
        raise EstimationError(
            f"no degrees of freedom: {n} rows, {absorbed} effects, {factor_dof} factor parameters"
        )
    net = net_of_factors(panel, fit)
    bread = inverse(net.T @ net)
    df: float = left
    if specification.vcov_kind == "iid":
        vcov = bread * fit.rss / left
    else:
        factor = n / left
        if specification.clusters:
            groups = smallest(design.cluster_codes)
            factor, df = (n - 1) / (n - k) * groups / (groups - 1), groups - 1
        vcov = bread @ meat(net * fit.residual[:, None], design.cluster_codes) @ bread * factor
    terms = list(design.x_names)
    coefficients = coefficient_table(terms, fit.beta, vcov, df, settings.confidence_level)
    tss = float(((design.y - design.y.mean()) ** 2).sum())
    statistics = {
        "n_obs": n,
        "n_factors": r,
        "n_units": n_units,
        "n_periods": n_times,
        "rss": fit.rss,
        "r2": 1 - fit.rss / tss,
        "rmse": float(np.sqrt(fit.rss / left)),
        "df_residual": float(df),
        "df_absorbed": absorbed,
        "df_factors": factor_dof,
        "iterations": fit.iterations,
        **wald_test(fit.beta, vcov, terms, df),
    }
    if design.clusters:
        statistics["n_clusters"] = smallest(design.cluster_codes)
    if fit.minima > 1:
        text = "the sum of squares has local minima: the lowest that three starts reach is reported"
        notes = [*notes, text]
    gaps = n_units * n_times - n
    if gaps:
        notes = [*notes, f"{gaps} of {n_units * n_times} unit-period cells are missing and were filled by EM"]
    tables = {"factors": pd.DataFrame(fit.factors, columns=[f"factor{i + 1}" for i in range(r)])}
    if table is not None:
        tables["information_criterion"] = table
    return Estimate(
        "ife", specification.formula, coefficients, statistics, design.account(), (*design.warnings, *notes),
        vcov=vcov, tables=tables,
    )  # fmt: skip
