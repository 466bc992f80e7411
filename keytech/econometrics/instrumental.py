"""Two-stage least squares with any number of endogenous terms (`iv`): the conventions of ivreghdfe and ivreg2."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keytech.econometrics import iv_diagnostics as diagnostics
from keytech.econometrics.absorb import AbsorbedDof, absorbed_dof
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.linear import (
    cluster_statistics,
    no_variation,
    normal_likelihood,
    normalised,
    wald_test,
)
from keytech.econometrics.linear_algebra import (
    cross,
    independent,
    inverse,
    least_squares,
    spread,
    sum_of_squares,
)
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.result import Estimate, coefficient_table, table_from_errors
from keytech.econometrics.sample import Design, prepare
from keytech.econometrics.specification import Specification
from keytech.econometrics.variance import Factor, iv_absorbed, iv_factor, meat


def run(specification: Specification, data: Any) -> Estimate:
    """2SLS; sources: Baum, Schaffer and Stillman 2007 (ivreg2), Correia (ivreghdfe)."""
    if not specification.parsed.endogenous:
        raise EstimationError("'iv' needs a formula part 'endogenous ~ instruments'")
    fit = fit_iv(prepare(specification, data), specification.vcov_kind, specification.settings.small_sample)
    level = specification.settings.confidence_level
    table = coefficient_table(fit.terms, fit.beta, fit.vcov, fit.factor.df, level)
    tests, missing = diagnostics.all_statistics(fit.parts, level)
    statistics = iv_statistics(fit) | tests
    first = first_stages(fit, level)
    notes = (*fit.design.warnings, *fit.notes, *missing, *diagnostics.notes(statistics, fit.parts))
    return Estimate(
        "iv", specification.formula, table, statistics, fit.design.account(), notes, vcov=fit.vcov,
        tables={"first_stage": first},
    )  # fmt: skip


@dataclass(frozen=True)
class IvParts:
    """Everything the diagnostics need, with the effects partialled out and rows scaled by the root of the weight.

    y (n,), endog (n, m), exog (n, k) with the constant, instr (n, l); `absorbed` as ivreghdfe counts it.
    """

    y: np.ndarray
    endog: np.ndarray
    endog_names: list[str]
    exog: np.ndarray
    instr: np.ndarray
    instr_names: list[str]
    kind: str
    clusters: list[np.ndarray]
    absorbed: int
    convention: str

    @property
    def n(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class IvFit:
    """A fitted 2SLS regression; terms are the endogenous, then the exogenous."""

    design: Design
    parts: IvParts
    terms: list[str]
    beta: np.ndarray
    vcov: np.ndarray
    residual: np.ndarray
    dof: AbsorbedDof
    factor: Factor
    notes: list[str]


def fit_iv(design: Design, kind: str, convention: str) -> IvFit:
    """Partial out the effects, drop what is collinear, project, solve, attach the variance."""
    dof = absorbed_dof(design.codes, design.cluster_codes, convention)
    design, parts, notes = partialled(design, kind, convention, dof)
    regressors = np.column_stack([parts.endog, parts.exog])
    instruments = np.column_stack([parts.instr, parts.exog])
    projected = instruments @ least_squares(instruments, regressors)
    k = regressors.shape[1]
    if independent(projected, sum_of_squares(projected)).sum() < k:
        raise EstimationError(
            f"under-identified: the instruments {parts.instr_names} do not move {parts.endog_names}"
        )
    beta = least_squares(projected, parts.y)
    residual = parts.y - regressors @ beta
    factor = iv_factor(convention, kind, design.n, k, dof, design.cluster_codes)
    bread = inverse(cross(projected, projected))
    if kind == "iid":
        vcov = bread * float(residual @ residual) * factor.scale
    else:
        vcov = bread @ meat(projected * residual[:, None], design.cluster_codes) @ bread * factor.scale
    if (np.diag(vcov) <= 0).any():
        raise EstimationError(
            "the multi-way clustered variance is not positive; cluster one way or change the clusters"
        )
    terms = [*parts.endog_names, *design.x_names]
    return IvFit(design, parts, terms, beta, vcov, residual, dof, factor, notes)


def partialled(
    design: Design, kind: str, convention: str, dof: AbsorbedDof
) -> tuple[Design, IvParts, list[str]]:
    """Demeaned, weighted arrays without collinear columns; raises where fewer instruments than endogenous remain."""
    w = normalised(design.weights)
    root = np.ones((design.n, 1)) if w is None else np.sqrt(w)[:, None]
    raw = np.column_stack([design.y, design.x, design.endog, design.instr])
    centred = demean(raw, design.codes, w) * root
    k, m = design.x.shape[1], design.endog.shape[1]
    y, exog, endog, instr = np.split(centred, [1, 1 + k, 1 + k + m], axis=1)
    raw_ss = spread(raw, w, design.has_constant or design.codes.shape[1] > 0)
    keep = independent(
        np.column_stack([exog, instr]), np.concatenate([raw_ss[1 : 1 + k], raw_ss[1 + k + m :]])
    )
    lost_x = [name for name, stays in zip(design.x_names, keep[:k], strict=True) if not stays]
    lost_z = [name for name, stays in zip(design.instr_names, keep[k:], strict=True) if not stays]
    notes = [f"{name} omitted because of collinearity" for name in lost_x]
    notes += [f"instrument {name} dropped because of collinearity" for name in lost_z]
    _check_endogenous(design, np.column_stack([exog[:, keep[:k]], endog]), raw_ss[1 + k : 1 + k + m])
    instr_names = [name for name in design.instr_names if name not in lost_z]
    if len(instr_names) < m:
        raise EstimationError(
            f"under-identified: {m} endogenous terms {design.endog_names}, {len(instr_names)} usable instruments "
            f"{instr_names}" + (f"; collinear: {lost_z}" if lost_z else "")
        )
    if sum_of_squares(y)[0] <= 1e-20 * max(sum_of_squares(raw[:, :1], w)[0], 1e-300):
        raise no_variation(design)
    clusters = design.cluster_codes
    parts = IvParts(
        y[:, 0], endog, design.endog_names, exog[:, keep[:k]], instr[:, keep[k:]], instr_names, kind, clusters,
        iv_absorbed(dof) if convention == "stata" else dof.counted + dof.nested_adj, convention,
    )  # fmt: skip
    return replace(design.without(lost_x)), parts, notes


def _check_endogenous(design: Design, block: np.ndarray, raw_ss: np.ndarray) -> None:
    m = len(design.endog_names)
    sums = np.concatenate([np.full(block.shape[1] - m, 1e-300), raw_ss])
    keep = independent(block, sums)[-m:]
    lost = [name for name, stays in zip(design.endog_names, keep, strict=True) if not stays]
    if lost:
        raise EstimationError(
            f"endogenous {', '.join(lost)}: collinear with effects, exogenous or other terms"
        )


def iv_statistics(fit: IvFit) -> dict[str, Any]:
    """Fit statistics of ivreghdfe: with absorbed effects r2 is the R2 after partialling them out, and adj_r2 has N, not
    N - 1, above its degrees of freedom, because the constant is partialled out too."""
    design, n = fit.design, fit.design.n
    w = normalised(design.weights)
    rss = float(fit.residual @ fit.residual)
    constant = design.has_constant or design.codes.shape[1] > 0
    total = float(
        sum_of_squares((design.y - (np.average(design.y, weights=w) if constant else 0))[:, None], w)[0]
    )
    within = float(fit.parts.y @ fit.parts.y) if design.codes.shape[1] else total
    residual_df = fit.factor.residual_df
    left = n - len(fit.terms) - fit.parts.absorbed
    r2 = 1 - rss / within
    likelihood = normal_likelihood(rss, within, n, len(fit.terms) + fit.dof.total)
    statistics = {
        "n_obs": n,
        "r2": r2,
        "adj_r2": 1 - (1 - r2) * (n - design.has_constant) / left,
        "r2_within": r2,
        "r2_overall": 1 - rss / total,
        "rmse": float(np.sqrt(rss / left)) if fit.parts.convention != "none" else float(np.sqrt(rss / n)),
        "rss": rss,
        **likelihood,
        "df_residual": fit.factor.df if fit.factor.df is not None else float(residual_df),
        "df_absorbed": fit.parts.absorbed,
    }
    statistics.update(wald_test(fit.beta, fit.vcov, fit.terms, fit.factor.df))
    return statistics | cluster_statistics(design)


def first_stages(fit: IvFit, level: float):
    """One row per endogenous term and regressor of its first stage."""
    import pandas as pd

    parts = fit.parts
    names = [*parts.instr_names, *fit.design.x_names]
    tables = []
    for index, endogenous in enumerate(parts.endog_names):
        beta, vcov, df = diagnostics.first_stage(parts, index)
        with np.errstate(invalid="ignore"):  # a multi-way variance may be negative: the error is then missing
            std_error = np.sqrt(np.diag(vcov))
        table = table_from_errors(names, beta, std_error, df, level)
        tables.append(table.assign(endogenous=endogenous))
    return pd.concat(tables, ignore_index=True)
