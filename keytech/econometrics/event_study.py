"""`twfe_event_study` and `sun_abraham`: relative-time dummies in a regression with absorbed effects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.honest import with_bounds
from keytech.econometrics.linear import LinearFit, fit_linear, linear_estimate
from keytech.econometrics.result import Estimate, coefficient_table
from keytech.econometrics.sample import Design
from keytech.econometrics.specification import Specification
from keytech.econometrics.staggered_panel import Timing, label, timed_design


def run(specification: Specification, data: Any) -> Estimate:
    """Event study by dummies, or by cohort-specific dummies averaged with sample shares (Sun and Abraham 2021)."""
    if specification.estimator == "sun_abraham":
        return _sun_abraham(specification, data)
    design, timing, notes = timed_design(specification, data, drop_singletons=True)
    settings = specification.settings
    relative = timing.relative
    if settings.bin:
        relative = np.where(np.isinf(relative), relative, np.clip(relative, *settings.bin))
    bases = [settings.base] if isinstance(settings.base, int) else list(settings.base)
    horizons = sorted(set(relative[np.isfinite(relative)]))
    if missing := [base for base in bases if base not in horizons]:
        raise EstimationError(
            f"base period {missing} does not occur; relative times {[int(h) for h in horizons]}"
        )
    kept = [horizon for horizon in horizons if horizon not in bases]
    dummies = np.column_stack([(relative == horizon).astype(float) for horizon in kept])
    names = [label(settings.time, horizon) for horizon in kept]
    widened = _with(design, dummies, names)
    fit = fit_linear(widened, specification.vcov_kind, settings.small_sample)
    result = linear_estimate(specification, fit)
    leads = [name for name, horizon in zip(names, kept, strict=True) if horizon < 0]
    statistics = result.statistics | _joint(fit, leads, "pretrend")
    result = replace(result, statistics=statistics, warnings=(*result.warnings, *notes))
    return with_bounds(result, settings, dict(zip(names, kept, strict=True)))


def _with(design: Design, columns: np.ndarray, names: list[str]) -> Design:
    return replace(design, x=np.column_stack([columns, design.x]), x_names=[*names, *design.x_names])


def _joint(fit: LinearFit, names: list[str], prefix: str) -> dict[str, float]:
    """Joint F (or chi-squared) test that the named terms are zero."""
    from scipy import stats

    index = [fit.terms.index(name) for name in names if name in fit.terms]
    if not index:
        return {}
    block, beta = fit.vcov[np.ix_(index, index)], fit.beta[index]
    rank = int(np.linalg.matrix_rank(block, hermitian=True))
    wald = float(beta @ np.linalg.pinv(block, hermitian=True) @ beta)
    if fit.factor.df is None:
        return {f"{prefix}_chi2": wald, f"{prefix}_p": float(stats.chi2.sf(wald, rank))}
    return {f"{prefix}_f": wald / rank, f"{prefix}_p": float(stats.f.sf(wald / rank, rank, fit.factor.df))}


def _sun_abraham(specification: Specification, data: Any) -> Estimate:
    """Interaction-weighted event study; cohort shares are taken as fixed, as in fixest's `sunab`.

    Units treated from the first period on have no base period and leave the sample (counted as `always_treated`); cohorts
    after the last period count as never treated. Without a never-treated unit the last cohort is the reference and its
    treated periods leave too.
    """
    design, timing, notes = timed_design(specification, data, drop_singletons=True)
    design, timing = _usable(design, timing, notes)
    finite = np.isfinite(timing.cohort)
    relative = timing.relative
    based = set(timing.cohort[finite & (relative == -1)])
    if without := sorted(set(timing.cohort[finite]) - based):
        named = [f"{cohort:g}" for cohort in without]
        if not based:
            raise EstimationError(
                f"the base period -1 does not occur: no cohort of {named} is seen just before it"
            )
        notes.append(
            f"cohorts {named} are not seen in the base period -1; another of their periods is left out"
        )
    cells = sorted({(g, e) for g, e in zip(timing.cohort[finite], relative[finite], strict=True) if e != -1})
    names = [f"{label(specification.settings.time, e)}:cohort::{g:g}" for g, e in cells]
    columns = np.column_stack([((timing.cohort == g) & (relative == e)).astype(float) for g, e in cells])
    fit = fit_linear(
        _with(design, columns, names), specification.vcov_kind, specification.settings.small_sample
    )
    mass = columns.sum(axis=0) if design.weights is None else design.weights @ columns
    return _aggregate(specification, fit, cells, names, mass, notes)


def _usable(design: Design, timing: Timing, notes: list[str]) -> tuple[Design, Timing]:
    later = timing.cohort > timing.time.max()
    timing = Timing(timing.unit, timing.time, np.where(later, np.inf, timing.cohort))
    keep = timing.cohort > timing.time.min()
    if not np.isfinite(timing.cohort[keep]).any():
        raise EstimationError("no cohort is treated after the first and up to the last period of the sample")
    if np.isfinite(timing.cohort).all():
        last = timing.cohort.max()
        notes.append(
            f"no unit is never treated: cohort {last:g} is the reference, periods from {last:g} are dropped"
        )
        keep &= timing.time < last
        timing = Timing(timing.unit, timing.time, np.where(timing.cohort == last, np.inf, timing.cohort))
    reduced = design.take(keep, "always_treated")
    return reduced, Timing(timing.unit[keep], timing.time[keep], timing.cohort[keep])


def _aggregate(specification, fit: LinearFit, cells, names, mass, notes) -> Estimate:
    settings = specification.settings
    weight = {
        name: (cell, share) for name, cell, share in zip(names, cells, mass, strict=True) if name in fit.terms
    }
    horizons = sorted({cell[1] for cell, _ in weight.values()})
    shown = {*(settings.horizons or []), *([] if settings.honest == "none" else horizons)}
    notes = [*notes, *[f"horizon {h} is not estimated and left out" for h in sorted(shown - {*horizons, -1})]]
    if settings.horizons:
        horizons = [horizon for horizon in horizons if horizon in shown]
    rows, terms = [], []
    for horizon in horizons:
        rows.append(_shares(fit, {n: share for n, (cell, share) in weight.items() if cell[1] == horizon}))
        terms.append(label(settings.time, horizon))
    rows.append(_shares(fit, {n: share for n, (cell, share) in weight.items() if cell[1] >= 0}))
    terms.append("ATT")
    others = [index for index, term in enumerate(fit.terms) if term not in weight]
    for index in others:
        rows.append(np.eye(len(fit.terms))[index])
        terms.append(fit.terms[index])
    select = np.array(rows)
    vcov = select @ fit.vcov @ select.T
    table = coefficient_table(terms, select @ fit.beta, vcov, fit.factor.df, settings.confidence_level)
    result = linear_estimate(specification, fit)
    cohort = pd.DataFrame(
        [
            {
                "cohort": cell[0],
                "horizon": cell[1],
                "estimate": result[n].estimate,
                "std_error": result[n].std_error,
            }
            for n, (cell, _) in weight.items()
        ]
    )
    warnings = (*result.warnings, *notes)
    result = replace(
        result, coefficients=table, vcov=vcov, tables={"cohort_effects": cohort}, warnings=warnings
    )
    return with_bounds(result, settings, {label(settings.time, horizon): horizon for horizon in horizons})


def _shares(fit: LinearFit, mass: dict[str, float]) -> np.ndarray:
    row = np.zeros(len(fit.terms))
    for name, share in mass.items():
        row[fit.terms.index(name)] = share
    if not row.any():
        raise EstimationError(
            "no treated cell can be estimated after the base period and collinear cells are left out"
        )
    return row / row.sum()
