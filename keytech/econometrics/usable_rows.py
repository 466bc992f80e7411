"""Which rows of a design can be used: complete, with a weight, in more than one cluster."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from keytech.econometrics import absorb
from keytech.econometrics.errors import EstimationError

if TYPE_CHECKING:
    from keytech.econometrics.sample import Design


def _named(design: Design) -> dict[str, np.ndarray]:
    """Outcome, regressors, endogenous and instruments by name."""
    named = {design.formula.outcome: design.y}
    for block, names in (
        (design.x, design.x_names),
        (design.endog, design.endog_names),
        (design.instr, design.instr_names),
    ):
        named.update({name: block[:, index] for index, name in enumerate(names)})
    return named


def outside_domain(design: Design, frame: pd.DataFrame) -> list[str]:
    """Notes on terms that are not a number where all their columns are, such as the log of a negative number."""
    notes = []
    for name, values in _named(design).items():
        words = set(re.findall(r"\w+", name))
        columns = [known for known in frame.columns if str(known) in words]
        if name in frame.columns or not columns:
            continue
        lost = int((np.isnan(values) & frame[columns].notna().all(axis=1).to_numpy()).sum())
        if lost:
            notes.append(f"{name} is not a number in {lost} rows that have its columns; counted as missing")
    return notes


def drop_incomplete(design: Design) -> Design:
    """Drop rows with a missing or infinite value; name the terms where every row is missing."""
    named = _named(design)
    complete = np.ones(design.n, dtype=bool)
    for name, values in named.items():
        finite = np.isfinite(values)
        infinite = int(np.isinf(values).sum())
        if not finite.any():
            raise EstimationError(f"{name!r} is missing in every row of the sample")
        if infinite:
            first = int(design.rows[np.flatnonzero(np.isinf(values))[0]]) + 1
            design.warnings.append(
                f"{name}: {infinite} infinite values treated as missing, first in row {first}"
            )
        complete &= finite
    coded = {**dict(zip(design.formula.effect_names, design.codes.T, strict=True)), **design.clusters}
    for name, code in coded.items():
        if (code < 0).all():
            raise EstimationError(f"{name!r} is missing in every row of the sample")
        complete &= code >= 0
    if not complete.any():
        missing = {name: int((~np.isfinite(values)).sum()) for name, values in named.items()}
        raise EstimationError(
            f"no complete row; missing per term: { {k: v for k, v in missing.items() if v} }"
        )
    if design.weights is not None:
        complete &= np.isfinite(design.weights)
    design = _check_weights(design.take(complete, "missing"))
    clusters = {name: pd.factorize(code)[0] for name, code in design.clusters.items()}
    return replace(design, codes=absorb.compact(design.codes), clusters=clusters)


def _check_weights(design: Design) -> Design:
    if design.weights is None:
        return design
    negative = np.flatnonzero(design.weights < 0)
    if len(negative):
        raise EstimationError(
            f"{len(negative)} negative weights, first in row {int(design.rows[negative[0]]) + 1}"
        )
    return design.take(design.weights > 0, "zero_weight")


def as_copies(design: Design) -> Design:
    """Frequency weights: every row as often as its weight says, weights gone; the copies are counted as added."""
    if design.weights is None:
        raise EstimationError("weight_type frequency needs 'weights: COLUMN'")
    broken = np.flatnonzero(design.weights != np.round(design.weights))
    if len(broken):
        raise EstimationError(
            f"frequency weights must be whole numbers; row {int(design.rows[broken[0]]) + 1} has "
            f"{design.weights[broken[0]]:g}. Use weight_type analytic for other weights"
        )
    index = np.repeat(np.arange(design.n), design.weights.astype(np.int64))
    counts = {**design.counts, "frequency_copies": len(index) - design.n}
    rows = {name: getattr(design, name)[index] for name in ("y", "x", "endog", "instr", "codes", "rows")}
    clusters = {name: code[index] for name, code in design.clusters.items()}
    return replace(design, **rows, clusters=clusters, weights=None, counts=counts)


def check_clusters(design: Design) -> None:
    for name, code in design.clusters.items():
        if code.max() == 0:
            raise EstimationError(
                f"one cluster only: {name!r} has a single value in the {design.n} rows used"
            )
