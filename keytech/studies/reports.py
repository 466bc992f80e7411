"""Which numbers of an estimate a declared column stores: coefficients, marginal effects, predictions, weights."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from keytech.econometrics import Estimate, EstimationError, Specification
from keytech.econometrics.expressions import column, to_float
from keytech.econometrics.result import table_from_errors
from keytech.econometrics.sample import filtered, prepare
from keytech.studies.declarations import Column

SMALLEST_CELL = 10


def reported(
    declared: Column,
    specification: Specification,
    fit: Estimate,
    panel: pd.DataFrame,
    *,
    personal: bool = False,
) -> pd.DataFrame:
    """The rows of a declared column: outcome, term, estimate and, where they exist, errors, tests and intervals.

    `personal` says that rows of the panel are people: fewer than ten are not estimated, means that tell of fewer than
    ten are left out, minima and maxima refused. Raises EstimationError.
    """
    if personal and (fit.n_obs < SMALLEST_CELL or declared.report == "descriptives"):
        raise EstimationError(f"withheld: rows are people, and this tells of fewer than {SMALLEST_CELL}")
    outcome = fit.formula.split("~")[0].strip()
    if declared.report == "marginal_effects":
        return _marginal_effects(fit, outcome)
    if declared.report == "predictions":
        return predictions(specification, fit, panel, declared.by)
    if declared.report == "rotemberg":
        return _rotemberg(fit)
    if declared.report == "means":
        return means(specification, panel, personal=personal)
    if declared.report == "descriptives":
        return _descriptives(specification, panel)
    rows = fit.coefficients.assign(outcome=outcome)
    if fit.estimator == "specification_curve":
        labels = [", ".join(chosen) for chosen in product(*declared.choices.values())]
        number = rows["term"].str.extract(r"\[(\d+)\]$", expand=False).astype(int)
        rows["term"] = [f"{specification.settings.term} [{labels[n - 1]}]" for n in number]
    return rows


def _marginal_effects(fit: Estimate, outcome: str) -> pd.DataFrame:
    """Average marginal effects on Pr(y), or on Pr(y = level) of an ordered model."""
    rows = fit.tables["marginal_effects"]
    if "level" not in rows:
        return rows.assign(outcome=f"Pr({outcome})")
    return rows.assign(outcome=[f"Pr({outcome} = {level})" for level in rows["level"]]).drop(columns="level")


def means(specification: Specification, panel: pd.DataFrame, *, personal: bool) -> pd.DataFrame:
    """Mean and standard deviation of the outcome and every term over the rows of the estimate.

    `personal`: a 0/1 variable with one to nine ones or zeros is withheld, and so is the smallest other one that,
    with the rest, would give it away (complementary suppression).
    """
    design = prepare(specification, panel, drop_singletons=False)
    names = [name for name in design.x_names if name != "(Intercept)"]
    values = np.column_stack([design.y, design.x[:, [design.x_names.index(name) for name in names]]])
    terms = np.array([design.formula.outcome, *names], dtype=object)
    if personal:
        kept = ~withheld(values)
        values, terms = values[:, kept], terms[kept]
    frame = pd.DataFrame({"term": terms})
    spread = frame.assign(outcome="standard deviation", estimate=values.std(axis=0, ddof=1))
    return pd.concat([frame.assign(outcome="mean", estimate=values.mean(axis=0)), spread], ignore_index=True)


def _descriptives(specification: Specification, panel: pd.DataFrame) -> pd.DataFrame:
    """N, mean, standard deviation, minimum and maximum of the outcome and every term, each over its own rows."""
    frame, _ = filtered(specification, panel)
    names = [specification.parsed.outcome, *specification.parsed.exogenous]
    values = pd.DataFrame({name: to_float(column(name, frame)) for name in names})
    found = {
        "n": values.count(), "mean": values.mean(), "standard deviation": values.std(),
        "minimum": values.min(), "maximum": values.max(),
    }  # fmt: skip
    parts = [
        pd.DataFrame({"term": names, "outcome": kind, "estimate": found[kind].to_numpy(float)})
        for kind in found
    ]
    return pd.concat(parts, ignore_index=True)


def withheld(values: np.ndarray) -> np.ndarray:
    """Columns (k,) of values (n, k) whose mean must not be shown: 0/1 with a cell of 1-9 rows, and what reveals them."""
    binary = np.isin(values, (0, 1)).all(axis=0)
    cells = np.minimum((values == 1).sum(axis=0), (values == 0).sum(axis=0))
    hidden = binary & (cells > 0) & (cells < SMALLEST_CELL)
    for small in np.flatnonzero(hidden):
        while len(parts := _parts(values, small, hidden)):
            hidden[parts[np.argmin(np.where(binary[parts], cells[parts], len(values)))]] = True
    return hidden


def _parts(values: np.ndarray, small: int, hidden: np.ndarray) -> np.ndarray:
    """Shown columns that, with a constant, add up to a hidden one; empty where it cannot be computed from them."""
    shown = np.flatnonzero(~hidden)
    design = np.column_stack([np.ones(len(values)), values[:, shown]])
    weights, *_ = np.linalg.lstsq(design, values[:, small], rcond=None)
    if np.abs(design @ weights - values[:, small]).max() > 1e-9:
        return np.empty(0, dtype=int)
    return shown[np.abs(weights[1:]) > 1e-9]


def shown_groups(groups: np.ndarray, outcome: np.ndarray) -> list:
    """Groups with ten ones and ten zeros at least; where one group alone is withheld, so is the next smallest, since the
    pooled model gives away their sum."""
    smallest = {
        name: min((outcome[groups == name] == value).sum() for value in (0, 1))
        for name in sorted(set(groups))
    }
    shown = [name for name, cell in smallest.items() if cell >= SMALLEST_CELL]
    if len(smallest) - len(shown) == 1 and shown:
        shown.remove(min(shown, key=lambda name: (smallest[name], str(name))))
    return shown


def predictions(specification: Specification, fit: Estimate, panel: pd.DataFrame, by: str) -> pd.DataFrame:
    """Mean predicted probability of the rows of each group (delta-method errors), and the observed share beside it.

    For `logit` and `probit` without effects. Groups with fewer than ten ones or zeros are left out (people).
    Raises EstimationError where a prediction needs what the estimate does not report.
    """
    design = prepare(specification, panel, drop_singletons=False)
    terms = list(fit.coefficients["term"])
    if fit.estimator not in {"logit", "probit"} or design.codes.shape[1] or terms != list(design.x_names):
        raise EstimationError(
            "predictions need a logit or probit whose terms are all reported: no effects, none dropped"
        )
    beta = fit.coefficients["estimate"].to_numpy(float)
    probability, slope = _response(fit.estimator, design.x @ beta)
    groups = panel[by].loc[design.rows].to_numpy()
    names = shown_groups(groups, design.y)
    if not names:
        raise EstimationError(f"no group of {by!r} has {SMALLEST_CELL} ones and zeros to be shown")
    inside = [groups == name for name in names]
    gradient = np.array([(slope[rows, None] * design.x[rows]).mean(axis=0) for rows in inside])
    errors = np.sqrt(np.einsum("ij,jk,ik->i", gradient, fit.vcov, gradient))
    level = specification.settings.confidence_level
    outcome = design.formula.outcome
    mean = np.array([probability[rows].mean() for rows in inside])
    predicted = table_from_errors(names, mean, errors, None, level).assign(outcome=f"Pr({outcome})")
    predicted = predicted.drop(columns=["statistic", "p_value"])
    observed = {
        "term": names,
        "estimate": [design.y[r].mean() for r in inside],
        "outcome": f"share({outcome})",
    }
    return pd.concat([predicted, pd.DataFrame(observed)], ignore_index=True)


def _response(estimator: str, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probability and its derivative in the index."""
    from scipy.special import expit
    from scipy.stats import norm

    if estimator == "logit":
        p = expit(index)
        return p, p * (1 - p)
    return norm.cdf(index), norm.pdf(index)


def _rotemberg(fit: Estimate) -> pd.DataFrame:
    """Weights added over the periods of a sector, and the estimate that the sector alone would give."""
    table = fit.tables["rotemberg"].assign(contribution=lambda t: t["weight"] * t["estimate"].fillna(0))
    table["term"] = table["sector"].astype(str).str.split(":").str[-1]
    sectors = table.groupby("term", as_index=False)[["weight", "contribution"]].sum()
    sectors = sectors.sort_values(["weight", "term"], ascending=[False, True], ignore_index=True)
    weights = sectors[["term"]].assign(outcome="Rotemberg weight", estimate=sectors["weight"])
    alone = sectors[["term"]].assign(
        outcome="just-identified estimate", estimate=sectors["contribution"] / sectors["weight"]
    )
    return pd.concat([weights, alone], ignore_index=True)
