"""`oster`, `leave_one_out`, `specification_curve`: how much an estimate leans on choices."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, level_text
from keytech.econometrics.instrumental import fit_iv
from keytech.econometrics.linear import fit_linear, linear_estimate
from keytech.econometrics.result import COLUMNS, Estimate, coefficient_table
from keytech.econometrics.sample import filtered, prepare, to_frame
from keytech.econometrics.specification import Specification


def run(specification: Specification, data: Any) -> Estimate:
    """Dispatch to the three checks."""
    family = {"oster": _oster, "leave_one_out": _leave_one_out, "specification_curve": _curve}
    return family[specification.estimator](specification, data)


def oster_bounds(
    b0: float,
    r0: float,
    b1: float,
    r1: float,
    var_y: float,
    var_x: float,
    tau: float,
    r_max: float,
    delta: float,
) -> tuple[float, float]:
    """Bias-adjusted coefficient for `delta`, and the delta that makes it zero (Oster 2019, propositions 2 and 3).

    b0, r0 without and b1, r1 with the controls; var_y, var_x variances net of what is in both; tau variance of x net of
    the controls. The root closest to b1 that does not flip the sign of the bias is taken, as `psacalc`.
    """
    gap, explained, unexplained = b0 - b1, (r1 - r0) * var_y, (r_max - r1) * var_y
    adjusted = _adjusted(b1, gap, explained, unexplained, var_x, tau, delta)
    numerator = b1 * explained * tau + b1 * var_x * tau * gap**2 + 2 * b1**2 * tau * gap * var_x
    numerator += b1**3 * (tau * var_x - tau**2)
    denominator = unexplained * gap * var_x + b1 * unexplained * (var_x - tau)
    denominator += b1**2 * tau * gap * var_x + b1**3 * (tau * var_x - tau**2)
    return adjusted, numerator / denominator if denominator else np.inf


def _adjusted(b1, gap, explained, unexplained, var_x, tau, delta) -> float:
    cubic = _bias_polynomial(gap, explained, unexplained, var_x, tau, delta)
    roots = np.roots(np.trim_zeros(cubic, "f"))
    real = np.sort(roots[np.abs(roots.imag) < 1e-9 * (1 + np.abs(roots.real))].real)
    if not len(real):
        raise EstimationError("no real solution for the bias-adjusted coefficient")
    candidates = b1 - real
    return float(candidates[np.argmin(np.abs(candidates - b1))])


def _bias_polynomial(gap, explained, unexplained, var_x, tau, delta) -> np.ndarray:
    """Coefficients of the cubic in the bias nu (Oster 2019, equation before proposition 3), highest power first."""
    return np.array(
        [
            (delta - 1) * (tau * var_x - tau**2),
            tau * gap * var_x * (delta - 2),
            delta * unexplained * (var_x - tau) - explained * tau - var_x * tau * gap**2,
            delta * unexplained * gap * var_x,
        ]
    )


def _oster(specification: Specification, data: Any) -> Estimate:
    """Short regression: the term and the effects, long: all of the formula; `controls` limits what is left out."""
    settings = specification.settings
    if specification.weights:
        raise EstimationError("'oster' takes no weights")
    design = prepare(specification, data)
    term = settings.term
    if term not in design.x_names:
        raise EstimationError(f"options.term {term!r} is not in the formula: {design.x_names}")
    controls = settings.controls or [n for n in design.x_names if n not in (term, "(Intercept)")]
    unknown = [name for name in controls if name not in design.x_names]
    if unknown or not controls:
        raise EstimationError(
            f"controls {unknown or controls} are not terms of the formula: {design.x_names}"
        )
    kind, convention = specification.vcov_kind, settings.small_sample
    long = fit_linear(design, kind, convention)
    short = fit_linear(design.without(controls), kind, convention)
    at = design.x_names.index(term)
    base = design.without([term, *controls])
    net_y, net_x = _net_variance(base, design.y), _net_variance(base, design.x[:, at])
    tau = _net_variance(design.without([term]), design.x[:, at])
    r0, r1 = (1 - float(fit.residual @ fit.residual) / (net_y * design.n) for fit in (short, long))
    r_max = settings.r_max if settings.r_max is not None else min(1.0, settings.r_max_factor * r1)
    if r_max <= r1:
        raise EstimationError(f"r_max {r_max:.4f} must exceed the R2 of the long regression, {r1:.4f}")
    b0, b1 = (float(fit.beta[fit.terms.index(term)]) for fit in (short, long))
    adjusted, delta_zero = oster_bounds(b0, r0, b1, r1, net_y, net_x, tau, r_max, settings.delta)
    result = linear_estimate(specification, long)
    statistics = result.statistics | {
        "beta_short": b0,
        "r2_short": r0,
        "beta_long": b1,
        "r2_long": r1,
        "r_max": r_max,
        "oster_beta": adjusted,
        "oster_delta": delta_zero,
    }
    return replace(result, estimator="oster", statistics=statistics)


def _net_variance(design, values: np.ndarray) -> float:
    """Variance of values (n,) net of the terms and effects of a design."""
    from keytech.econometrics.pyfixest_bridge import demean

    block = demean(np.column_stack([values, design.x]), design.codes, design.weights)
    left, x = block[:, 0], block[:, 1:]
    x = x[:, (x**2).sum(axis=0) > 1e-12]
    if x.shape[1]:
        left = left - x @ np.linalg.lstsq(x, left, rcond=None)[0]
    return float(left @ left) / len(left)


def _leave_one_out(specification: Specification, data: Any) -> Estimate:
    """The estimate with each value of `cluster` left out in turn: one row per value, named `term without VALUE`."""
    from keytech.econometrics.registry import estimate

    settings = specification.settings
    frame, _ = filtered(specification, data)
    inner = specification.model_copy(update={"estimator": settings.estimator, "options": {}, "sample": None})
    inner = Specification.model_validate(inner.model_dump(exclude={"settings", "parsed"}))
    full = estimate(inner, frame)
    rows, notes = [], []
    for value in sorted(column(settings.cluster, frame).dropna().unique()):
        try:
            part = estimate(inner, frame[frame[settings.cluster] != value])
            row = part[settings.term].to_dict()
        except (EstimationError, KeyError) as error:
            notes.append(f"without {level_text(value)}: {error}")
            continue
        rows.append({**row, "term": f"{settings.term} without {level_text(value)}"})
    if not rows:
        raise EstimationError(
            f"no estimate of {settings.term!r} without a value of {settings.cluster!r}: {notes[:2]}"
        )
    table = pd.concat(
        [full.coefficients[full.coefficients["term"] == settings.term], pd.DataFrame(rows)], ignore_index=True
    )
    left = table["estimate"].iloc[1:]
    statistics = full.statistics | {
        "loo_min": float(left.min()),
        "loo_max": float(left.max()),
        "loo_draws": len(left),
    }
    return replace(
        full, estimator="leave_one_out", coefficients=table[COLUMNS], statistics=statistics,
        warnings=(*full.warnings, *notes), vcov=None,
    )  # fmt: skip


def _curve(specification: Specification, data: Any) -> Estimate:
    """Every combination of the declared choices; a choice replaces a key of the specification (`formula`, `sample`,
    `vcov`, `weights`, `estimator`), the `term`, or an option (`options.NAME`); a value that is a mapping replaces several
    keys at once (`{formula: ..., term: ...}`). A choice `@name` stands for its value wherever formula, term or sample say
    `@name` (`lnpat_@level`)."""
    settings = specification.settings
    frame = to_frame(data)
    base = {
        "estimator": "ols",
        "formula": specification.formula,
        "vcov": specification.vcov,
        "weights": specification.weights,
    }
    base |= {"sample": specification.sample, "options": {}}
    rows, notes, last = [], [], None
    for number, values in enumerate(product(*settings.choices.values()), start=1):
        chosen = dict(zip(settings.choices, values, strict=True))
        document = _chosen(base | {"term": settings.term}, chosen)
        term = document.pop("term")
        try:
            last = _without_diagnostics(Specification.model_validate(document), frame)
            row = last[term].to_dict()
        except (EstimationError, KeyError) as error:
            notes.append(f"specification {number} {chosen}: {error}")
            continue
        rows.append(
            {
                "specification": number,
                **{key: str(value) for key, value in chosen.items()},
                **row,
                "n_obs": last.n_obs,
            }
        )
    if last is None or not rows:
        raise EstimationError(f"no specification could be estimated: {notes[:3]}")
    curve = pd.DataFrame(rows).sort_values(["estimate", "specification"], ignore_index=True)
    table = curve.assign(term=[f"{settings.term}[{n}]" for n in curve["specification"]])[COLUMNS]
    same_sign = np.sign(curve["estimate"]) == np.sign(curve["estimate"].median())
    statistics = {
        "n_obs": int(curve["n_obs"].max()),
        "n_specifications": len(curve),
        "n_failed": len(notes),
        "median": float(curve["estimate"].median()),
        "share_same_sign": float(same_sign.mean()),
        "share_significant": float((curve["p_value"] < 0.05).mean()),
    }
    return Estimate(
        "specification_curve",
        specification.formula,
        table,
        statistics,
        last.sample,
        tuple(notes),
        tables={"curve": curve},
    )


def _without_diagnostics(specification: Specification, frame: pd.DataFrame) -> Estimate:
    """An estimate as `estimate` gives it; of 2SLS only coefficients and rows, since a curve shows no first-stage tests."""
    from keytech.econometrics.registry import estimate

    if specification.estimator != "iv":
        return estimate(specification, frame)
    options = specification.settings
    fit = fit_iv(prepare(specification, frame), specification.vcov_kind, options.small_sample)
    table = coefficient_table(fit.terms, fit.beta, fit.vcov, fit.factor.df, options.confidence_level)
    return Estimate("iv", specification.formula, table, {"n_obs": fit.design.n}, fit.design.account())


def _chosen(base: dict[str, Any], chosen: dict[str, Any]) -> dict[str, Any]:
    document = {**base, "options": dict(base["options"])}
    words = {key: value for key, value in chosen.items() if key.startswith("@")}
    for key, value in _replacements({key: value for key, value in chosen.items() if key not in words}):
        if key.startswith("options."):
            document["options"][key.removeprefix("options.")] = value
        elif key in document:
            document[key] = value
        else:
            raise EstimationError(
                f"choices may set {', '.join(document)}, options.NAME or @name, not {key!r}"
            )
    for word in sorted(words, key=len, reverse=True):
        for key in ("formula", "term", "sample"):
            document[key] = document[key] and document[key].replace(word, str(words[word]))
    return document


def _replacements(chosen: dict[str, Any]) -> list[tuple[str, Any]]:
    """What is replaced by what; `vcov` is a mapping itself."""
    pairs = []
    for key, value in chosen.items():
        pairs += list(value.items()) if isinstance(value, dict) and key != "vcov" else [(key, value)]
    return pairs
