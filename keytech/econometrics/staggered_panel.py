"""What the difference-in-differences estimators share: unit, time, cohort and relative time."""

from __future__ import annotations

import warnings as python_warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, level_text, to_float
from keytech.econometrics.formula import Formula, split_top
from keytech.econometrics.sample import Design, design_of, filtered
from keytech.econometrics.specification import Specification

NEVER = np.inf


@dataclass(frozen=True)
class Timing:
    """unit codes (n,), time (n,), cohort (n,) with infinity for the never treated, relative time (n,)."""

    unit: np.ndarray
    time: np.ndarray
    cohort: np.ndarray

    @property
    def relative(self) -> np.ndarray:
        return self.time - self.cohort

    @property
    def treated(self) -> np.ndarray:
        return self.time >= self.cohort


def cohort_column(specification: Specification, frame: pd.DataFrame) -> tuple[pd.Series, list[str]]:
    """First treated period per row, infinity for never (0 or missing); from `cohort`, or from a 0/1 `treatment`."""
    settings = specification.settings
    if settings.cohort:
        raw = pd.Series(to_float(column(settings.cohort, frame)), index=frame.index)
        missing = int(raw.isna().sum())
        notes = [f"{settings.cohort}: missing in {missing} rows, taken as never treated"] if missing else []
        return raw.where(raw > 0, NEVER).fillna(NEVER), notes
    if not settings.treatment:
        raise EstimationError(f"{specification.estimator!r} needs options.cohort or options.treatment")
    treated = pd.Series(to_float(column(settings.treatment, frame)), index=frame.index)
    if not treated.dropna().isin((0, 1)).all():
        raise EstimationError(f"treatment {settings.treatment!r} must be 0 or 1")
    time = pd.Series(to_float(column(settings.time, frame)), index=frame.index)
    first = time.where(treated == 1).groupby(frame[settings.unit]).transform("min").fillna(NEVER)
    reversed_ = int(((time >= first) & (treated == 0)).sum())
    if reversed_:
        raise EstimationError(
            f"treatment {settings.treatment!r} is switched off again in {reversed_} rows; not absorbing"
        )
    return first, []


def timing_of(specification: Specification, frame: pd.DataFrame) -> tuple[Timing, list[str]]:
    """Timing arrays of a frame; raises where the cohort varies within a unit or a unit-time repeats."""
    settings = specification.settings
    unit, _ = pd.factorize(column(settings.unit, frame))
    time = to_float(column(settings.time, frame))
    cohort, notes = cohort_column(specification, frame)
    spread = cohort.groupby(unit).nunique()
    if (spread > 1).any():
        raise EstimationError(f"cohort varies within {int((spread > 1).sum())} units of {settings.unit!r}")
    if (unit < 0).any() or np.isnan(time).any():
        raise EstimationError(f"{settings.unit!r} or {settings.time!r} is missing in some rows of the sample")
    repeated = pd.DataFrame({"u": unit, "t": time}).duplicated().sum()
    if repeated:
        raise EstimationError(f"{int(repeated)} rows repeat a {settings.unit}-{settings.time} pair")
    if np.isinf(cohort).all():
        raise EstimationError("no unit is ever treated")
    return Timing(unit, time, cohort.to_numpy()), notes


def complete_rows(specification: Specification, frame: pd.DataFrame) -> np.ndarray:
    """Mask of rows whose unit and time are known."""
    settings = specification.settings
    return (column(settings.unit, frame).notna() & column(settings.time, frame).notna()).to_numpy()


def label(prefix: str, value: Any) -> str:
    """Term name of a period or horizon, `year::-1`."""
    return f"{prefix}::{level_text(float(value))}"


def effects_or_twoway(formula: Formula, specification: Specification) -> Formula:
    """The formula with unit and time effects where it names none."""
    settings = specification.settings
    if formula.effects:
        return formula
    return replace(formula, effects=((settings.unit,), (settings.time,)))


def timed_design(
    specification: Specification, data: Any, *, drop_singletons: bool
) -> tuple[Design, Timing, list[str]]:
    """The regression's design with unit, time and cohort of its rows, two-way effects where none are written; notes.

    Raises EstimationError for instruments, and where timing or design cannot be made.
    """
    if specification.parsed.endogenous:
        raise EstimationError(f"{specification.estimator!r} takes no instruments")
    frame, counts = filtered(specification, data)
    known = complete_rows(specification, frame)
    counts["missing"] += int((~known).sum())
    frame = frame[known]
    timing, notes = timing_of(specification, frame)
    formula = effects_or_twoway(specification.parsed, specification)
    design = design_of(specification, frame, counts, formula, drop_singletons=drop_singletons)
    at = frame.index.get_indexer(design.rows)
    return design, Timing(timing.unit[at], timing.time[at], timing.cohort[at]), notes


def covariate_names(formula: Formula, specification: Specification) -> list[str]:
    """Exogenous terms; raises where the formula asks for effects other than unit and time."""
    settings = specification.settings
    allowed = {(settings.unit,), (settings.time,)}
    other = [
        name
        for name, effect in zip(formula.effect_names, formula.effects, strict=True)
        if effect not in allowed
    ]
    if other or formula.endogenous:
        raise EstimationError(
            f"{specification.estimator!r} has unit and time effects only; remove {other or 'instruments'}"
        )
    return [term for term in formula.exogenous if split_top(term, ":")]


def quietly(fit, *arguments, notes: list[str], **keywords):
    """Run diff-diff; its warnings become ours, its refusals our errors."""
    with python_warnings.catch_warnings(record=True) as caught:
        python_warnings.simplefilter("always")
        try:
            result = fit(*arguments, **keywords)
        except ValueError as error:
            raise EstimationError(str(error)) from error
    for warning in caught:
        if issubclass(warning.category, UserWarning) and not any(
            word in str(warning.message) for word in ("eprecat", "cost-benefit")
        ):
            notes.append(" ".join(str(warning.message).split())[:300])
    return result
