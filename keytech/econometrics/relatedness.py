"""`relatedness`: revealed advantage, proximity of classes, and relatedness of units (Hidalgo et al. 2007)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, to_float
from keytech.econometrics.result import Estimate, table_from_errors
from keytech.econometrics.sample import filtered
from keytech.econometrics.specification import Specification


def run(specification: Specification, data: Any) -> Estimate:
    """Tables `rta`, `proximity`, `relatedness` from unit-class-time values (methods 1.9, equations 4 to 8).

    One matrix for all unit-times (`pooled`) or one per time (`yearly`); the diagonal is excluded, empty denominators give
    zero, classes without any activity do not exist. Without `value` every row counts one.
    """
    settings = specification.settings
    frame, counts = filtered(specification, data)
    cells, missing = _cells(settings, frame)
    counts["missing"] += missing
    if settings.matrix == "yearly" and settings.time is None:
        raise EstimationError("matrix: yearly needs options.time")
    rta_table, near, related = [], [], []
    groups = cells.groupby("time", sort=True) if settings.matrix == "yearly" else [(None, cells)]
    for time, part in groups:
        one = _tables(part, settings)
        rta_table.append(one[0])
        near.append(one[1] if time is None else one[1].assign(time=time))
        related.append(one[2])
    tables = {
        "rta": pd.concat(rta_table, ignore_index=True),
        "proximity": pd.concat(near, ignore_index=True),
        "relatedness": pd.concat(related, ignore_index=True),
    }
    tables = {name: _named(table, settings) for name, table in tables.items()}
    used = len(frame) - missing
    statistics = {
        "n_obs": used,
        "n_units": int(cells["unit"].nunique()),
        "n_classes": int(cells["class"].nunique()),
    }
    empty = table_from_errors([], np.empty(0), np.empty(0), None)
    sample = {**counts, "used": used, "clusters": {}}
    return Estimate("relatedness", specification.formula, empty, statistics, sample, tables=tables)


def _cells(settings, frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Positive unit-time-class totals and the number of rows with a missing key or value."""
    table = pd.DataFrame({"unit": column(settings.unit, frame), "class": column(settings.class_, frame)})
    table["time"] = column(settings.time, frame) if settings.time else 0
    table["value"] = to_float(column(settings.value, frame)) if settings.value else 1.0
    missing = int(table.isna().any(axis=1).sum())
    table = table.dropna()
    if (table["value"] < 0).any():
        raise EstimationError(f"{settings.value!r} is negative in {int((table['value'] < 0).sum())} rows")
    table = (
        table[table["value"] > 0].groupby(["unit", "time", "class"], as_index=False, sort=True)["value"].sum()
    )
    if table.empty:
        raise EstimationError("no unit has any activity in any class")
    return table, missing


def _tables(cells: pd.DataFrame, settings) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    rows, row_keys = pd.factorize(pd.MultiIndex.from_frame(cells[["unit", "time"]]), sort=True)
    columns, classes = pd.factorize(cells["class"], sort=True)
    values = np.zeros((len(row_keys), len(classes)))
    values[rows, columns] = cells["value"]
    share = rta(values)
    omega = proximity(share > settings.threshold)
    score = relatedness(values, omega, settings.average)
    advantage = cells.assign(rta=share[rows, columns])
    i, j = np.nonzero(~np.eye(len(classes), dtype=bool))
    pairs = pd.DataFrame({"class": classes[i], "other": classes[j], "proximity": omega[i, j]})
    keys = pd.MultiIndex.from_tuples(row_keys).to_frame(index=False, name=["unit", "time"])
    return advantage, pairs, keys.assign(relatedness=score)


def rta(values: np.ndarray) -> np.ndarray:
    """Revealed advantage of rows (unit-times) in columns (classes), equation 4; zero where a total is zero."""
    total = values.sum()
    own = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-300)
    world = values.sum(axis=0) / total
    return np.where(world > 0, own / np.maximum(world, 1e-300), 0.0)


def proximity(advantage: np.ndarray) -> np.ndarray:
    """min of both conditional probabilities of advantage (rows x classes, boolean), equations 5 and 6; diagonal 0."""
    together = advantage.astype(float).T @ advantage.astype(float)
    own = np.diag(together)
    larger = np.maximum.outer(own, own)
    omega = np.where(larger > 0, together / np.maximum(larger, 1), 0.0)
    np.fill_diagonal(omega, 0.0)
    return omega


def relatedness(values: np.ndarray, omega: np.ndarray, average: str) -> np.ndarray:
    """Activity-weighted mean over classes of their mean (or summed) proximity to all others, equations 7 and 8."""
    others = max(len(omega) - 1, 1) if average == "mean" else 1
    per_class = omega.sum(axis=1) / others
    return values @ per_class / np.maximum(values.sum(axis=1), 1e-300)


def _named(table: pd.DataFrame, settings) -> pd.DataFrame:
    names = {"unit": settings.unit, "class": settings.class_, "other": f"{settings.class_}_other"}
    if settings.time:
        names["time"] = settings.time
    elif "time" in table:
        table = table.drop(columns="time")
    if settings.value:
        names["value"] = settings.value
    return table.rename(columns=names)
