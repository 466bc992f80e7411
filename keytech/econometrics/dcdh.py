"""`dcdh`: effects of a switch, and the weights that a two-way regression puts on treated cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, numeric_column, term_columns, to_float
from keytech.econometrics.linear_algebra import least_squares
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.result import Estimate, table_from_errors
from keytech.econometrics.sample import filtered
from keytech.econometrics.specification import Specification
from keytech.econometrics.staggered_panel import (
    cohort_column,
    complete_rows,
    covariate_names,
    label,
    quietly,
)

_NO_WEIGHT = 1e-10


def run(specification: Specification, data: Any) -> Estimate:
    """de Chaisemartin and D'Haultfoeuille: effects l periods after a switch (2024, R `DIDmultiplegtDYN`, by diff-diff) and
    the weights of treated cells in the two-way regression (2020, theorem 1 and corollary 1, R `TwoWayFEWeights`, feTR).

    `cohort` gives an absorbing treatment, `treatment` any treatment, switched off again or not binary. Rows of one unit and
    period are averaged. Under `weights` the effects of a switch are not estimated, and a warning says so.
    """
    if specification.clusters:
        raise EstimationError("dcdh has errors by unit only: leave clusters out (vcov: iid)")
    cells, covariates, counts, notes = _cells(specification, data)
    statistics, weights = twoway_weights(cells, covariates)
    terms, estimates, errors = [], [], []
    if specification.weights:
        notes.append("effects of a switch are not estimated under weights; the weights of the regression are")
    else:
        terms, estimates, errors = _effects(specification, cells, covariates, notes)
    level = specification.settings.confidence_level
    table = table_from_errors(terms, np.array(estimates, float), np.array(errors, float), None, level)
    used, units = int(cells["rows"].sum()), int(cells["unit"].nunique())
    statistics = {"n_obs": used, "n_units": units, "n_clusters": units, "n_cells": len(cells), **statistics}
    names = {"unit": specification.settings.unit, "time": specification.settings.time}
    account = {**counts, "used": used, "clusters": {specification.settings.unit: units}}
    return Estimate(
        "dcdh", specification.formula, table, statistics, account, tuple(notes),
        tables={"weights": weights.rename(columns=names)},
    )  # fmt: skip


def _cells(specification: Specification, data: Any):
    """One row per unit and period: y, d, covariates c0.. (means), rows and mass (sum of weights)."""
    settings, formula = specification.settings, specification.parsed
    frame, counts = filtered(specification, data)
    frame = frame[complete_rows(specification, frame)]
    notes: list[str] = []
    if settings.treatment:
        d = to_float(column(settings.treatment, frame))
    else:
        cohort, notes = cohort_column(specification, frame)
        d = (to_float(column(settings.time, frame)) >= cohort.to_numpy()).astype(float)
    covariates = [
        value
        for name in covariate_names(formula, specification)
        for value in term_columns(name, frame).values()
    ]
    names = [f"c{index}" for index in range(len(covariates))]
    values = pd.DataFrame({"y": numeric_column(formula.outcome, frame), "d": d}, index=frame.index)
    values = values.assign(**dict(zip(names, covariates, strict=True)), w=1.0)
    if specification.weights:
        values["w"] = to_float(column(specification.weights, frame))
        if (values["w"] < 0).any():
            raise EstimationError(f"{int((values['w'] < 0).sum())} negative weights")
    values["unit"], values["time"] = column(settings.unit, frame), to_float(column(settings.time, frame))
    complete = np.isfinite(values.drop(columns="unit")).all(axis=1) & values["w"].gt(0)
    values = values[complete]
    counts["missing"] = counts["rows_in"] - counts["outside_sample"] - len(values)
    if not len(values):
        raise EstimationError("no complete row")
    return _averaged(values, ["y", "d", *names]), names, counts, notes


def _averaged(values: pd.DataFrame, means: list[str]) -> pd.DataFrame:
    keys = ["unit", "time"]
    sums = values[means].mul(values["w"], axis=0).join(values[[*keys, "w"]]).groupby(keys, sort=True)
    table = sums.sum().reset_index()
    table[means] = table[means].div(table["w"], axis=0)
    return table.rename(columns={"w": "mass"}).assign(rows=sums.size().to_numpy())


def _effects(specification: Specification, cells: pd.DataFrame, covariates: list[str], notes: list[str]):
    """Effects of a switch after 1, 2, ... periods, placebos for negative horizons; errors by unit."""
    import diff_diff

    horizons = specification.settings.horizons or []
    keywords: dict[str, Any] = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}
    if covariates:
        keywords["covariates"] = covariates
    available = cells["time"].nunique() - 1
    longest = min(max([horizon for horizon in horizons if horizon > 0], default=1), available)
    model = diff_diff.DCDH(twfe_diagnostic=False)
    try:
        found = quietly(model.fit, cells, notes=notes, L_max=longest, **keywords)
    except EstimationError as error:
        notes.append(f"no effect of a switch: {error}")
        return [], [], []
    effects = dict(found.event_study_effects or {1: {"effect": found.overall_att, "se": found.overall_se}})
    effects |= {key: row for key, row in (found.placebo_event_study or {}).items() if key in horizons}
    shown = {
        horizon: row
        for horizon, row in sorted(effects.items())
        if np.isfinite(row["effect"]) and np.isfinite(row["se"])
    }
    notes.extend(f"horizon {h} is not estimable and is left out" for h in sorted({*horizons} - {*shown}))
    if not shown:
        notes.append("no switch can be compared with a unit that has not switched")
    return (
        [label("horizon", horizon) for horizon in shown],
        [row["effect"] for row in shown.values()],
        [row["se"] for row in shown.values()],
    )


@dataclass(frozen=True)
class TwowayResidual:
    """Outcome and treatment (n,) net of unit and period effects and covariates."""

    y: np.ndarray
    d: np.ndarray

    @staticmethod
    def of(frame: pd.DataFrame, covariates: list[str], mass: np.ndarray | None = None) -> TwowayResidual:
        codes = np.column_stack([pd.factorize(frame["unit"])[0], pd.factorize(frame["time"])[0]])
        block = demean(frame[["y", "d", *covariates]].to_numpy(float), codes, mass)
        net, controls = block[:, :2], block[:, 2:]
        controls = controls[:, (controls**2).sum(axis=0) > 1e-12]
        if controls.shape[1]:
            net = net - controls @ least_squares(controls, net, mass)
        if net[:, 1] @ net[:, 1] < 1e-12:
            raise EstimationError("treatment has no variation within units and periods")
        return TwowayResidual(net[:, 0], net[:, 1])


def twoway_weights(cells: pd.DataFrame, covariates: list[str]) -> tuple[dict[str, float], pd.DataFrame]:
    """Weights of treated cells in the two-way estimate, and the smallest standard deviations of their effects under which
    estimate and average effect could differ in sign (`sigma_fe`), or all effects be of the other sign (`sigma_fe_2`).

    Corollary 1 of 2020; the deviation of the weights has the factor M / (M - 1) of TwoWayFEWeights 2.0.4.
    """
    mass = cells["mass"].to_numpy()
    net = TwowayResidual.of(cells, covariates, mass / mass.mean())
    treatment = cells["d"].to_numpy()
    natural = mass * treatment / (mass @ treatment)
    ratio = net.d * (mass @ treatment) / (mass @ (net.d * treatment))
    weight = natural * ratio
    weight[np.abs(weight) < _NO_WEIGHT] = 0.0
    beta = float((mass * net.d) @ net.y / ((mass * net.d) @ net.d))
    treated = natural != 0
    count = int(treated.sum())
    spread = float(np.sqrt(natural @ (ratio - natural @ ratio) ** 2 * count / max(count - 1, 1)))
    statistics = {
        "twfe": beta,
        "n_treated_cells": count,
        "n_weights": int((weight != 0).sum()),
        "n_positive_weights": int((weight > 0).sum()),
        "n_negative_weights": int((weight < 0).sum()),
        "sum_positive_weights": float(weight[weight > 0].sum()),
        "sum_negative_weights": float(weight[weight < 0].sum()),
    }
    if spread > 0:
        statistics["sigma_fe"] = abs(beta) / spread
    if (weight < 0).any():
        statistics["sigma_fe_2"] = abs(beta) / _opposite_sign(natural[weight != 0], ratio[weight != 0])
    table = cells.loc[treated, ["unit", "time"]].assign(treatment=treatment[treated], weight=weight[treated])
    return statistics, table.reset_index(drop=True)


def _opposite_sign(natural: np.ndarray, ratio: np.ndarray) -> float:
    """Root of T_s + S_s^2 / (1 - P_s), sums over the cells with the smallest ratios up to cell s (corollary 1, ii)."""
    order = np.argsort(ratio, kind="stable")
    natural, ratio = natural[order], ratio[order]
    p, s, t = (np.cumsum(natural * ratio**power) for power in (0, 1, 2))
    below = ratio[:-1] < -s[:-1] / (1 - p[:-1])
    last = int(np.flatnonzero(below).max()) if below.any() else 0
    return float(np.sqrt(t[last] + s[last] ** 2 / (1 - p[last])))
