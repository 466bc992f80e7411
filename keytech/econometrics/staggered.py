"""`imputation`, `two_stage`, `bacon` and `dcdh`: diff-diff behind our sample account."""

from __future__ import annotations

import warnings as python_warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import numeric_column, term_columns
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.result import Estimate, table_from_errors
from keytech.econometrics.sample import filtered
from keytech.econometrics.specification import Specification
from keytech.econometrics.staggered_panel import Timing, complete_rows, covariate_names, label, timing_of


def run(specification: Specification, data: Any) -> Estimate:
    """Estimators with unit and time effects only; z tests.

    `imputation` Borusyak, Jaravel and Spiess 2024; `two_stage` Gardner 2022; `bacon` Goodman-Bacon 2021 (balanced panel,
    no covariates); `dcdh` de Chaisemartin and D'Haultfoeuille 2020 with the weights of the two-way regression.
    """
    if specification.weights:
        raise EstimationError(f"{specification.estimator!r} takes no weights")
    panel = _panel(specification, data)
    family = {"imputation": _imputation, "two_stage": _imputation, "bacon": _bacon, "dcdh": _dcdh}
    terms, estimates, errors, statistics, tables = family[specification.estimator](specification, panel)
    level = specification.settings.confidence_level
    table = table_from_errors(
        terms, np.array(estimates, dtype=float), np.array(errors, dtype=float), None, level
    )
    used = len(panel.frame)
    n_units = panel.frame["unit"].nunique()
    sample = {**panel.counts, "used": used, "clusters": {panel.cluster_name: panel.n_clusters}}
    statistics = {"n_obs": used, "n_units": n_units, "n_clusters": panel.n_clusters, **statistics}
    return Estimate(
        specification.estimator,
        specification.formula,
        table,
        statistics,
        sample,
        tuple(panel.notes),
        tables=tables,
    )


@dataclass(frozen=True)
class Panel:
    """Columns unit, time, y, cohort (0 = never), d, covariates c0.., cluster."""

    frame: pd.DataFrame
    covariates: list[str]
    counts: dict[str, Any]
    notes: list[str]
    cluster_name: str
    timing: Timing

    @property
    def n_clusters(self) -> int:
        return int(self.frame["cluster"].nunique())

    @property
    def never(self) -> bool:
        return bool((self.frame["cohort"] == 0).any())


def _panel(specification: Specification, data: Any) -> Panel:
    frame, counts = filtered(specification, data)
    settings, formula = specification.settings, specification.parsed
    columns = {"y": numeric_column(formula.outcome, frame)}
    covariates = [
        value
        for name in covariate_names(formula, specification)
        for value in term_columns(name, frame).values()
    ]
    columns |= {f"c{index}": value for index, value in enumerate(covariates)}
    values = pd.DataFrame(columns, index=frame.index)
    if len(specification.clusters) > 1:
        raise EstimationError(f"{specification.estimator!r} clusters one way")
    cluster_name = specification.clusters[0] if specification.clusters else settings.unit
    complete = np.isfinite(values).all(axis=1).to_numpy() & complete_rows(specification, frame)
    complete &= frame[cluster_name].notna().to_numpy() if cluster_name in frame else True
    counts["missing"] += int((~complete).sum())
    frame, values = frame[complete], values[complete]
    if not len(frame):
        raise EstimationError("no complete row")
    timing, notes = timing_of(specification, frame)
    always = timing.cohort <= timing.time.min()
    counts["always_treated"] = int(always.sum())
    if counts["always_treated"] and specification.estimator != "bacon":
        notes.append(f"{counts['always_treated']} rows of units treated in the first period dropped")
    else:
        counts["always_treated"], always = 0, np.zeros(len(frame), dtype=bool)
    from keytech.econometrics.absorb import codes_of

    cluster = codes_of(tuple(cluster_name.split("^")), frame)
    table = values.assign(
        unit=timing.unit,
        time=timing.time.astype(int),
        cohort=np.where(np.isinf(timing.cohort), 0, timing.cohort),
        d=timing.treated.astype(int),
        cluster=cluster,
    )[~always].reset_index(drop=True)
    kept = Timing(timing.unit[~always], timing.time[~always], timing.cohort[~always])
    return Panel(table, [f"c{i}" for i in range(len(covariates))], counts, notes, cluster_name, kept)


def _quietly(fit, *arguments, notes: list[str], **keywords):
    """Run diff-diff; its warnings become ours, its refusals our errors."""
    with python_warnings.catch_warnings(record=True) as caught:
        python_warnings.simplefilter("always")
        try:
            result = fit(*arguments, **keywords)
        except ValueError as error:
            raise EstimationError(str(error)) from error
    for warning in caught:
        if issubclass(warning.category, UserWarning) and "deprecat" not in str(warning.message).lower():
            notes.append(" ".join(str(warning.message).split())[:300])
    return result


def _imputation(specification: Specification, panel: Panel):
    import diff_diff

    settings = specification.settings
    kind = diff_diff.ImputationDiD if specification.estimator == "imputation" else diff_diff.TwoStageDiD
    cluster = "cluster" if specification.clusters else None
    keywords = {
        "outcome": "y",
        "unit": "unit",
        "time": "time",
        "first_treat": "cohort",
        "covariates": panel.covariates or None,
    }
    overall = _quietly(kind(cluster=cluster).fit, panel.frame, notes=panel.notes, **keywords)
    terms, estimates, errors = ["ATT"], [overall.overall_att], [overall.overall_se]
    if settings.horizons:
        model = kind(cluster=cluster, pretrends=bool(min(settings.horizons) < 0))
        dynamic = _quietly(model.fit, panel.frame, notes=[], aggregate="event_study", **keywords)
        for horizon, row in sorted(dynamic.event_study_effects.items()):
            if horizon in settings.horizons and np.isfinite(row["effect"]) and row["n_obs"]:
                terms.append(label("horizon", horizon))
                estimates.append(row["effect"])
                errors.append(row["se"])
    statistics = {
        "n_treated_obs": int(overall.n_treated_obs),
        "n_treated_units": int(overall.n_treated_units),
    }
    return terms, estimates, errors, statistics, {}


def _bacon(specification: Specification, panel: Panel):
    """Weights and averages of the two-by-two comparisons; the coefficient `twfe` is their weighted sum."""
    import diff_diff

    counts = panel.frame.groupby("unit").size()
    periods = panel.frame["time"].nunique()
    if (counts < periods).any():
        raise EstimationError(
            f"bacon needs a balanced panel: {int((counts < periods).sum())} units miss some of {periods} periods"
        )
    if panel.covariates:
        raise EstimationError("bacon takes no covariates")
    keywords = {"outcome": "y", "unit": "unit", "time": "time", "first_treat": "cohort"}
    found = _quietly(diff_diff.BaconDecomposition().fit, panel.frame, notes=panel.notes, **keywords)
    pairs = pd.DataFrame(
        [
            {
                "treated": pair.treated_group,
                "control": str(pair.control_group),
                "type": pair.comparison_type,
                "estimate": float(pair.estimate),
                "weight": float(pair.weight),
            }
            for pair in found.comparisons
        ]
    )
    statistics = {}
    for kind, rows in pairs.groupby("type"):
        statistics[f"weight.{kind}"] = float(rows["weight"].sum())
        statistics[f"estimate.{kind}"] = float(rows["estimate"] @ rows["weight"] / rows["weight"].sum())
    beta, error = _twfe(panel)
    gap = abs(float(pairs["estimate"] @ pairs["weight"]) - beta)
    if gap > 1e-8 * max(1, abs(beta)):
        panel.notes.append(f"the weighted comparisons differ from the two-way estimate by {gap:.2e}")
    return ["twfe"], [beta], [error], statistics, {"comparisons": pairs}


def _residual_treatment(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    frame = panel.frame
    codes = np.column_stack([pd.factorize(frame["unit"])[0], pd.factorize(frame["time"])[0]])
    block = demean(frame[["y", "d", *panel.covariates]].to_numpy(float), codes)
    y, d, controls = block[:, 0], block[:, 1], block[:, 2:]
    if controls.shape[1]:
        projection = np.linalg.lstsq(controls, np.column_stack([y, d]), rcond=None)[0]
        y, d = (np.column_stack([y, d]) - controls @ projection).T
    if d @ d < 1e-12:
        raise EstimationError("treatment has no variation within units and periods")
    return y, d


def _twfe(panel: Panel) -> tuple[float, float]:
    """Two-way estimate and its clustered error with G/(G-1) (N-1)/(N-K) as reghdfe."""
    y, d = _residual_treatment(panel)
    beta = float(d @ y / (d @ d))
    sums = np.bincount(panel.frame["cluster"], d * (y - beta * d))
    n, groups, periods = len(y), panel.n_clusters, panel.frame["time"].nunique()
    factor = groups / (groups - 1) * (n - 1) / (n - 1 - len(panel.covariates) - periods)
    return beta, float(np.sqrt((sums**2).sum() * factor) / (d @ d))


def _dcdh(specification: Specification, panel: Panel):
    """Effects after a switch, and the weights that the two-way regression puts on treated cells."""
    import diff_diff

    settings = specification.settings
    if specification.clusters:
        raise EstimationError("dcdh has errors by unit only: leave clusters out (vcov: iid)")
    wanted = [horizon for horizon in settings.horizons or [] if horizon > 0]
    keywords = {"outcome": "y", "unit": "unit", "time": "time", "treatment": "d"}
    if panel.covariates:
        keywords["covariates"] = panel.covariates
    model = diff_diff.DCDH(twfe_diagnostic=False)
    found = _quietly(model.fit, panel.frame, notes=panel.notes, L_max=max(wanted, default=1), **keywords)
    terms, estimates, errors = [], [], []
    effects = dict(found.event_study_effects or {1: {"effect": found.overall_att, "se": found.overall_se}})
    effects |= {
        key: row for key, row in (found.placebo_event_study or {}).items() if key in (settings.horizons or [])
    }
    for horizon, row in sorted(effects.items()):
        if np.isfinite(row["effect"]) and np.isfinite(row["se"]):
            terms.append(label("horizon", horizon))
            estimates.append(row["effect"])
            errors.append(row["se"])
    if not terms:
        raise EstimationError("no switch can be compared with a unit that has not switched")
    statistics, weights = twoway_weights(panel)
    return terms, estimates, errors, statistics, {"weights": weights}


def twoway_weights(panel: Panel) -> tuple[dict[str, float], pd.DataFrame]:
    """Weights of treated cells in the two-way estimate (de Chaisemartin and D'Haultfoeuille 2020, theorem 1)."""
    y, residual = _residual_treatment(panel)
    treated = panel.frame["d"].to_numpy() == 1
    weight = residual[treated] / residual[treated].sum()
    cells = panel.frame.loc[treated, ["unit", "time", "cohort"]].assign(weight=weight)
    negative = weight < 0
    beta = float(residual @ y / (residual @ residual))
    statistics = {
        "twfe": beta,
        "n_weights": len(weight),
        "n_negative_weights": int(negative.sum()),
        "sum_negative_weights": float(weight[negative].sum()),
        "sigma_fe": float(abs(beta) / np.sqrt(np.sum((weight * len(weight) - 1) ** 2) / len(weight))),
    }
    table = cells.groupby(["cohort", "time"], as_index=False).agg(
        cells=("weight", "size"), weight=("weight", "sum")
    )
    return statistics, table
