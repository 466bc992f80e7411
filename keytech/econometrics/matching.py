"""`matching`: propensity score, nearest neighbours, balance, and a regression with the matching weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.binary import estimation_sample, fit_binary, without_collinear
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, to_float
from keytech.econometrics.linear import fit_linear, linear_estimate
from keytech.econometrics.predicate import rows_in_sample
from keytech.econometrics.result import Estimate, table_from_errors
from keytech.econometrics.sample import Design, design_of, filtered
from keytech.econometrics.specification import Specification

_WEIGHT = "__matching_weight__"


def run(specification: Specification, data: Any) -> Estimate:
    """Rosenbaum and Rubin 1985 with the conventions of `psmatch2`.

    The formula is `outcome ~ covariates` (an average effect on the treated is reported) or `treatment ~ covariates`.
    Nearest neighbours on the score, ties to the earlier row; without replacement in the order of `order`. A treated row
    farther than `caliper` from every control, or outside the controls' range with `common_support`, is not matched.
    `level` and `match_sample` match one row per level (a city in 2014) and carry the weight to all its rows.
    """
    settings = specification.settings
    frame, counts = filtered(specification, data)
    score_frame = _score_frame(specification, frame)
    design = _treatment_design(specification, score_frame)
    design, notes = estimation_sample(design)
    design, collinear = without_collinear(design)
    score = _score(design, settings.link)
    match = nearest(score, design.y.astype(bool), settings)
    if not match.matched.any():
        raise EstimationError("no treated row has a match inside the caliper and the common support")
    result = _report(specification, frame, counts, score_frame, design, score, match)
    if result.statistics["n_controls_used"] < 2 or result.statistics["n_treated_matched"] < 2:
        notes = [
            *notes,
            "the average effect has no standard error: one treated row or one control is matched",
        ]
    return replace(result, warnings=(*result.warnings, *notes, *collinear))


def _score_frame(specification: Specification, frame: pd.DataFrame) -> pd.DataFrame:
    settings = specification.settings
    chosen = frame[rows_in_sample(settings.match_sample, frame)] if settings.match_sample else frame
    if not len(chosen):
        raise EstimationError(f"no row satisfies match_sample {settings.match_sample!r}")
    if settings.level == "row":
        return chosen
    repeated = column(settings.level, chosen).duplicated()
    if not repeated.any():
        return chosen
    formula = specification.parsed
    needed = [name for name in (settings.treatment, *formula.exogenous) if name in chosen.columns]
    varying = [
        name for name in needed if (chosen.groupby(settings.level)[name].nunique(dropna=False) > 1).any()
    ]
    if varying:
        raise EstimationError(
            f"{varying} vary within {settings.level!r}: choose one row per level with match_sample"
        )
    return chosen[~repeated]


def _treatment_design(specification: Specification, frame: pd.DataFrame) -> Design:
    settings, formula = specification.settings, specification.parsed
    covariates = tuple(term for term in formula.exogenous if term != settings.treatment)
    first = replace(formula, outcome=settings.treatment, exogenous=covariates, endogenous=(), instruments=())
    if not covariates:
        raise EstimationError("matching needs covariates: formula 'outcome ~ x1 + x2'")
    plain = specification.model_copy(update={"weights": None, "vcov": "iid"})
    return design_of(plain, frame, {"rows_in": len(frame), "missing": 0}, first, drop_singletons=False)


def _score(design: Design, link: str) -> np.ndarray:
    from scipy.special import expit
    from scipy.stats import norm

    fit = fit_binary(design, link)
    return expit(fit.eta) if link == "logit" else norm.cdf(fit.eta)


@dataclass(frozen=True)
class Match:
    """matched (n,) treated rows with a match; weight (n,): 1 for these, times used over neighbours for controls;
    support (n,); pairs (m, 2): treated row, control row."""

    matched: np.ndarray
    weight: np.ndarray
    support: np.ndarray
    pairs: np.ndarray


def nearest(score: np.ndarray, treated: np.ndarray, settings) -> Match:
    """Nearest neighbours on the score (n,) for the treated rows."""
    controls = np.flatnonzero(~treated)
    if not len(controls) or not treated.any():
        raise EstimationError("matching needs treated and untreated rows")
    support = np.ones(len(score), dtype=bool)
    if settings.common_support:
        low, high = score[controls].min(), score[controls].max()
        support[treated] = (score[treated] >= low) & (score[treated] <= high)
    width = np.inf if settings.caliper is None else settings.caliper
    if settings.caliper is not None and settings.caliper_scale == "sd":
        width *= float(score.std(ddof=1))
    eligible = np.flatnonzero(treated & support)
    find = _with_replacement if settings.replacement else _without_replacement
    pairs = find(score, eligible, controls, width, settings)
    matched = np.zeros(len(score), dtype=bool)
    matched[pairs[:, 0]] = True
    weight = np.zeros(len(score))
    per_treated = np.bincount(pairs[:, 0], minlength=len(score))
    np.add.at(weight, pairs[:, 1], 1 / per_treated[pairs[:, 0]])
    weight[matched] = 1
    return Match(matched, weight, support, pairs)


def _with_replacement(score, eligible, controls, width, settings) -> np.ndarray:
    order = controls[np.argsort(score[controls], kind="stable")]
    sorted_score, k = score[order], settings.neighbours
    pairs = []
    for row in eligible:
        middle = np.searchsorted(sorted_score, score[row])
        window = order[max(0, middle - k) : middle + k]
        edge = np.unique(np.abs(score[window] - score[row]))[: k + 1]
        ties = order[
            np.searchsorted(sorted_score, score[row] - edge[-1] - 1e-15) : np.searchsorted(
                sorted_score, score[row] + edge[-1] + 1e-15
            )
        ]
        candidates = np.unique(np.concatenate([window, ties]))
        distance = np.abs(score[candidates] - score[row])
        best = candidates[np.lexsort((candidates, distance))][:k]
        pairs += [(row, control) for control in best if abs(score[control] - score[row]) <= width]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _without_replacement(score, eligible, controls, width, settings) -> np.ndarray:
    if settings.neighbours > 1:
        raise EstimationError("matching without replacement is one-to-one")
    rank = {"descending": -score[eligible], "ascending": score[eligible], "data": np.zeros(len(eligible))}
    order = eligible[np.lexsort((eligible, rank[settings.order]))]
    free = np.ones(len(score), dtype=bool)
    pairs = []
    for row in order:
        left = controls[free[controls]]
        if not len(left):
            break
        distance = np.abs(score[left] - score[row])
        best = left[int(np.argmin(distance))]
        if abs(score[best] - score[row]) <= width:
            free[best] = False
            pairs.append((row, best))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def effect_on_treated(y: np.ndarray, match: Match) -> tuple[float, float]:
    """Mean difference over pairs and psmatch2's standard error (matching weights taken as fixed)."""
    treated = np.flatnonzero(match.matched)
    controls = np.flatnonzero((match.weight > 0) & ~match.matched)
    n = len(treated)
    effect = float(y[treated].mean() - (y[controls] @ match.weight[controls]) / n)
    variance = (
        y[treated].var(ddof=1) / n + y[controls].var(ddof=1) * (match.weight[controls] ** 2).sum() / n**2
    )
    return effect, float(np.sqrt(variance))


def balance_table(design: Design, match: Match) -> pd.DataFrame:
    """Means of both groups before and after matching; `bias` in percent of the root mean of both raw variances (Rosenbaum
    and Rubin 1985, Stata pstest), `smd` in raw standard deviations of the treated (R MatchIt, Matching)."""
    treated = design.y == 1
    weights = {
        "before": (treated.astype(float), (~treated).astype(float)),
        "after": (match.matched.astype(float), np.where(treated, 0.0, match.weight)),
    }
    rows = []
    for name, x in zip(design.x_names, design.x.T, strict=True):
        if name == "(Intercept)":
            continue
        variances = x[treated].var(ddof=1), x[~treated].var(ddof=1)
        row: dict[str, Any] = {"term": name}
        for when, (of_treated, of_controls) in weights.items():
            means = np.average(x, weights=of_treated), np.average(x, weights=of_controls)
            row[f"treated_{when}"], row[f"control_{when}"] = means
            row[f"bias_{when}"] = _standardised(means, np.sqrt(np.mean(variances))) * 100
            row[f"smd_{when}"] = _standardised(means, np.sqrt(variances[0]))
        rows.append(row)
    return pd.DataFrame(rows)


def _standardised(means: tuple[float, float], spread: float) -> float:
    """Difference of means per `spread`; zero where both are equal, also when nothing varies."""
    gap = means[0] - means[1]
    return float(gap / spread) if spread > 0 else float(np.copysign(np.inf, gap)) if gap else 0.0


def _report(specification, frame, counts, score_frame, design, score, match) -> Estimate:
    settings = specification.settings
    statistics = {
        "n_treated": int(design.y.sum()),
        "n_treated_matched": int(match.matched.sum()),
        "n_controls_used": int(((match.weight > 0) & ~match.matched).sum()),
        "n_off_support": int((~match.support).sum()),
    }
    balance = balance_table(design, match)
    for when in ("before", "after"):
        for measure in ("bias", "smd"):
            key = f"{measure}_{when}"
            statistics |= {f"{key}.{row.term}": getattr(row, key) for row in balance.itertuples()}
    tables = {"balance": balance, "matches": _pairs(design, score, match)}
    outcome = specification.parsed.outcome
    effect = None
    if outcome != settings.treatment:
        y = to_float(column(outcome, score_frame)) if outcome in score_frame else None
        place = score_frame.index.get_indexer(design.rows)
        values = y[place] if y is not None else _evaluated(outcome, score_frame)[place]
        used = match.weight > 0
        if np.isnan(values[used]).any():
            raise EstimationError(
                f"outcome {outcome!r} is missing in {int(np.isnan(values[used]).sum())} matched rows"
            )
        effect = effect_on_treated(values, match)
        statistics |= {"att": effect[0], "att_se": effect[1]}
    if settings.outcome_formula:
        return _regression(specification, frame, counts, score_frame, design, match, statistics, tables)
    terms, estimates, errors = (["ATT"], [effect[0]], [effect[1]]) if effect else ([], [], [])
    table = table_from_errors(terms, np.array(estimates), np.array(errors), None, settings.confidence_level)
    used = int((match.weight > 0).sum())
    sample = {
        **counts,
        "missing": counts["missing"] + design.counts["missing"],
        "separated": design.counts.get("separated", 0),
    }
    sample |= {"unmatched": design.n - used, "used": used, "clusters": {}}
    return Estimate(
        "matching", specification.formula, table, {"n_obs": used, **statistics}, sample, tables=tables
    )


def _evaluated(outcome: str, frame: pd.DataFrame) -> np.ndarray:
    from keytech.econometrics.expressions import numeric_column

    return numeric_column(outcome, frame)


def _pairs(design: Design, score: np.ndarray, match: Match) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "treated_row": design.rows[match.pairs[:, 0]],
            "control_row": design.rows[match.pairs[:, 1]],
            "treated_score": score[match.pairs[:, 0]],
            "control_score": score[match.pairs[:, 1]],
        }
    )


def _regression(specification, frame, counts, score_frame, design, match, statistics, tables) -> Estimate:
    """Weighted least squares of `outcome_formula`; rows without a matching weight are counted as `unmatched`."""
    from keytech.econometrics.formula import parse_formula

    settings = specification.settings
    weight = match.weight if settings.regression_sample == "matched" else match.support.astype(float)
    if settings.level == "row":
        spread = pd.Series(weight, index=design.rows).reindex(frame.index)
    else:
        levels = column(settings.level, score_frame).loc[design.rows]
        spread = column(settings.level, frame).map(dict(zip(levels, weight, strict=True)))
    used = (spread > 0).to_numpy(dtype=bool, na_value=False)
    kept = frame[used].assign(**{_WEIGHT: spread[used].to_numpy(dtype=float)})
    counts = {**counts, "unmatched": int((~used).sum())}
    inner = specification.model_copy(update={"weights": _WEIGHT})
    formula = parse_formula(settings.outcome_formula)
    if formula.endogenous:
        raise EstimationError("outcome_formula takes no instruments")
    fit = fit_linear(design_of(inner, kept, counts, formula), specification.vcov_kind, settings.small_sample)
    result = linear_estimate(inner, fit)
    return replace(
        result,
        estimator="matching",
        formula=settings.outcome_formula,
        statistics=result.statistics | statistics,
        tables=tables,
    )
