"""Inputs of a production function: names, complete rows, polynomials, instruments."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, to_float
from keytech.econometrics.linear_algebra import independent, sum_of_squares
from keytech.econometrics.sample import filtered
from keytech.econometrics.specification import Specification


@dataclass(frozen=True)
class Inputs:
    """Names of free and state inputs and of the proxy; `gross` where the proxy is itself an input."""

    free: list[str]
    state: list[str]
    proxy: str

    @property
    def production(self) -> list[str]:
        return [*self.free, *self.state]

    @property
    def gross(self) -> bool:
        return self.proxy in self.production

    @property
    def all(self) -> list[str]:
        return list(dict.fromkeys([*self.free, *self.state, self.proxy]))


def inputs_of(settings) -> Inputs:
    free = [settings.free] if isinstance(settings.free, str) else list(settings.free)
    state = [settings.state] if isinstance(settings.state, str) else list(settings.state)
    if set(free) & set(state):
        raise EstimationError(f"{sorted(set(free) & set(state))} are both free and state inputs")
    return Inputs(free, state, settings.proxy)


def complete_panel(
    specification: Specification, data: Any, inputs: Inputs
) -> tuple[pd.DataFrame, dict[str, Any]]:
    settings = specification.settings
    frame, counts = filtered(specification, data)
    table = pd.DataFrame(
        {
            "unit": pd.factorize(column(settings.unit, frame))[0],
            "time": to_float(column(settings.time, frame)),
        }
    )
    for name in [settings.output, *inputs.all]:
        table[name] = to_float(column(name, frame))
    controls = [settings.controls] if isinstance(settings.controls, str) else settings.controls
    for place, name in enumerate(controls):
        table[f"__control_{place}__"] = to_float(column(name, frame))
    if settings.expenditure_share:
        table["__share__"] = to_float(column(settings.expenditure_share, frame))
    table["row"] = frame.index.to_numpy()
    needed = ["time", settings.output, *inputs.all, *control_columns(table)]
    complete = np.isfinite(table[needed]).all(axis=1) & (table["unit"] >= 0)
    counts["missing"] += int((~complete).sum())
    table = table[complete].sort_values(["unit", "time"], ignore_index=True)
    if table.duplicated(["unit", "time"]).any():
        raise EstimationError(f"rows repeat a {settings.unit}-{settings.time} pair")
    if len(table) < 50:
        raise EstimationError(f"{len(table)} complete rows are too few for a production function")
    return table, counts


def control_columns(table: pd.DataFrame) -> list[str]:
    return [name for name in table if name.startswith("__control_")]


def polynomial(columns: np.ndarray, degree: int) -> np.ndarray:
    """Constant and all monomials up to `degree` of columns (n, k)."""
    terms = [np.ones(len(columns))]
    for power in range(1, degree + 1):
        terms += [
            np.prod(columns[:, list(c)], axis=1)
            for c in combinations_with_replacement(range(columns.shape[1]), power)
        ]
    return np.column_stack(terms)


def quadratic_names(names: list[str]) -> list[str]:
    return [f"{a}:{b}" for a, b in combinations_with_replacement(names, 2)]


def period_dummies(time: np.ndarray) -> np.ndarray:
    """Indicators (n, periods - 1) of every period but the first."""
    return (time[:, None] == np.unique(time)[1:]).astype(float)


def standardised(z: np.ndarray) -> np.ndarray:
    return (z - z.mean(axis=0)) / np.maximum(z.std(axis=0), 1e-12)


def consecutive(panel: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    unit, time = panel["unit"].to_numpy(), panel["time"].to_numpy()
    follows = (unit[1:] == unit[:-1]) & (time[1:] == time[:-1] + 1)
    now = np.flatnonzero(follows) + 1
    if len(now) < 30:
        raise EstimationError(f"{len(now)} rows follow the previous period of their unit: too few")
    return now, now - 1


def instruments(panel, inputs: Inputs, settings, now, before) -> np.ndarray:
    """z (m, p): one instrument per term of the production function."""
    columns = []
    for name in inputs.production:
        values = panel[name].to_numpy()
        current = name in inputs.state or (settings.free_timing == "current" and name != inputs.proxy)
        columns.append(values[now] if current else values[before])
    z = np.column_stack(columns)
    if settings.form == "translog":
        z = np.column_stack([z, polynomial(z, 2)[:, 1 + z.shape[1] :]])
    return z


def with_controls(z: np.ndarray, controls: np.ndarray, inputs: int, settings) -> np.ndarray:
    """z (m, p) with lagged controls and, under translog, their products with the first-order instruments."""
    columns = [z, controls]
    if settings.form == "translog":
        columns += [controls[:, [place]] * z[:, :inputs] for place in range(controls.shape[1])]
    z = np.column_stack(columns)
    if not controls.shape[1]:
        return z
    z = z[:, z.std(axis=0) > 1e-9]
    return z[:, independent(standardised(z), sum_of_squares(standardised(z)))]
