"""From a table and a specification to arrays, with an account of every row."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics import absorb
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, numeric_column, term_columns, to_float
from keytech.econometrics.formula import Formula, split_top
from keytech.econometrics.predicate import rows_in_sample
from keytech.econometrics.specification import Specification
from keytech.econometrics.usable_rows import as_copies, check_clusters, drop_incomplete, outside_domain


@dataclass(frozen=True)
class Design:
    """Arrays of one regression, all with n rows.

    y (n,), x (n, k) exogenous with the constant first where there is one, endog (n, m), instr (n, l), codes (n, q)
    effects, clusters name -> codes (n,), weights (n,) or None, rows (n,) positions in the caller's table.
    """

    y: np.ndarray
    x: np.ndarray
    x_names: list[str]
    endog: np.ndarray
    endog_names: list[str]
    instr: np.ndarray
    instr_names: list[str]
    codes: np.ndarray
    clusters: dict[str, np.ndarray]
    weights: np.ndarray | None
    rows: np.ndarray
    formula: Formula
    counts: dict[str, int]
    warnings: list[str] = field(default_factory=list)

    @property
    def n(self) -> int:
        return len(self.y)

    @property
    def cluster_codes(self) -> list[np.ndarray]:
        return list(self.clusters.values())

    @property
    def has_constant(self) -> bool:
        return "(Intercept)" in self.x_names

    def take(self, keep: np.ndarray, reason: str) -> Design:
        """Rows where `keep` (n,) is true; the others are counted under `reason`."""
        dropped = int((~keep).sum())
        if not dropped:
            return self
        if not keep.any():
            raise EstimationError(
                f"no row is left: the last {dropped} rows were dropped ({reason.replace('_', ' ')})"
            )
        counts = {**self.counts, reason: self.counts.get(reason, 0) + dropped}
        clusters = {name: pd.factorize(code[keep])[0] for name, code in self.clusters.items()}
        rows = {name: getattr(self, name)[keep] for name in ("y", "x", "endog", "instr", "rows")}
        weights = None if self.weights is None else self.weights[keep]
        codes = absorb.compact(self.codes[keep])
        return replace(self, **rows, codes=codes, clusters=clusters, weights=weights, counts=counts)

    def without(self, names: list[str]) -> Design:
        """The design without some exogenous terms."""
        keep = [index for index, name in enumerate(self.x_names) if name not in names]
        return replace(self, x=self.x[:, keep], x_names=[self.x_names[index] for index in keep])

    def account(self) -> dict[str, Any]:
        """Where the rows went; `rows_in` is the sum of the others, less `frequency_copies`."""
        sizes = {name: int(code.max()) + 1 for name, code in self.clusters.items()}
        return {**self.counts, "used": self.n, "clusters": sizes}


def to_frame(data: Any, wanted: set[str] | None = None) -> pd.DataFrame:
    """A pandas frame from pandas, Arrow, polars or a DuckDB relation; only the `wanted` columns are copied."""
    names = _column_names(data)
    if len(set(names)) < len(names):
        raise EstimationError(
            f"column names repeat: {sorted({name for name in names if names.count(name) > 1})}"
        )
    keep = names if wanted is None else [name for name in names if name in wanted]
    if isinstance(data, pd.DataFrame):
        frame = data[keep]
    elif hasattr(data, "to_pandas"):
        frame = data.select(keep).to_pandas()
    else:
        frame = (
            data.project(", ".join('"' + str(name).replace('"', '""') + '"' for name in keep)).df()
            if keep
            else data.df()
        )
    frame.attrs["columns"] = names
    return frame


def _column_names(data: Any) -> list[Any]:
    if hasattr(data, "column_names"):
        return list(data.column_names)
    if hasattr(data, "columns"):
        return list(data.columns)
    raise EstimationError(f"data must be a pandas, Arrow or DuckDB table, not {type(data).__name__}")


def mentioned(specification: Specification | dict[str, Any], names: list[Any]) -> set[str]:
    """Columns that the text of a specification names (a superset: a word is enough)."""
    document = specification if isinstance(specification, dict) else specification.model_dump()
    text = " ".join(_texts(document)).lower()
    words = set(re.findall(r"\w+", text))
    return {
        name
        for name in names
        if str(name).lower() in words or (not str(name).isidentifier() and str(name).lower() in text)
    }


def _texts(value: Any):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def filtered(specification: Specification, data: Any) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rows for which the predicate holds, index 0..n-1 of the caller's table, and the first counts."""
    names = _column_names(data)
    frame = to_frame(data, mentioned(specification, names))
    if not frame.shape[1]:
        raise EstimationError(f"the specification names no column of the data; columns: {names[:10]}")
    frame = frame.set_axis(np.arange(len(frame)), axis=0)
    frame.attrs["columns"] = names
    counts = {"rows_in": len(frame), "outside_sample": 0, "missing": 0, "singletons": 0, "separated": 0}
    if not len(frame):
        raise EstimationError("the data has no rows")
    if specification.sample:
        mask = rows_in_sample(specification.sample, frame)
        if not mask.any():
            raise EstimationError(f"the sample is empty: no row satisfies {specification.sample!r}")
        counts["outside_sample"] = int((~mask).sum())
        frame = frame[mask]
        frame.attrs["columns"] = names
    return frame, counts


def prepare(specification: Specification, data: Any, drop_singletons: bool = True) -> Design:
    """Build the design: predicate, terms, missing rows, weights, singletons; raises where nothing is left."""
    frame, counts = filtered(specification, data)
    return design_of(specification, frame, counts, specification.parsed, drop_singletons)


def design_of(
    specification: Specification,
    frame: pd.DataFrame,
    counts: dict[str, int],
    formula: Formula,
    drop_singletons: bool = True,
) -> Design:
    """The design of a formula on a frame that the predicate has already passed."""
    if not formula.outcome:
        raise EstimationError(f"estimator {specification.estimator!r} needs a formula")
    warnings: list[str] = []
    y = numeric_column(formula.outcome, frame)
    constant = formula.intercept or bool(formula.effects)
    x, x_names = _matrix(formula.exogenous, frame, formula.exogenous, constant)
    regressors = (*formula.exogenous, *formula.endogenous)
    endog, endog_names = _matrix(formula.endogenous, frame, regressors, constant)
    instr, instr_names = _matrix(
        formula.instruments, frame, (*formula.exogenous, *formula.instruments), constant
    )
    codes = _stack([absorb.codes_of(columns, frame) for columns in formula.effects], len(frame))
    clusters = {
        name: absorb.codes_of(tuple(part.strip("`") for part in split_top(name, "^")), frame)
        for name in specification.clusters
    }
    weights = to_float(column(specification.weights, frame)) if specification.weights else None
    if formula.intercept and not formula.effects:
        x, x_names = np.column_stack([np.ones(len(frame)), x]), ["(Intercept)", *x_names]
    design = Design(
        y, x, x_names, endog, endog_names, instr, instr_names, codes, clusters, weights,
        frame.index.to_numpy(), formula, counts, warnings,
    )  # fmt: skip
    warnings += outside_domain(design, frame)
    design = drop_incomplete(design)
    if specification.settings.weight_type == "frequency":
        design = as_copies(design)
    if codes.shape[1] and drop_singletons:
        keep = absorb.not_singleton(design.codes)
        if not keep.any():
            raise EstimationError(
                f"only singletons are left: each of the {design.n} rows is alone in an effect"
            )
        design = design.take(keep, "singletons")
    check_clusters(design)
    return design


def _matrix(
    terms: tuple[str, ...], frame: pd.DataFrame, model: tuple[str, ...], constant: bool
) -> tuple[np.ndarray, list[str]]:
    """Columns of the terms; without a constant the first factor of the model keeps all its levels."""
    present = {frozenset(split_top(term, ":")) for term in model}
    columns: dict[str, np.ndarray] = {}
    for term in terms:
        known = present | ({frozenset()} if constant else set())
        found = term_columns(term, frame, known)
        constant = constant or (len(found) > 1 and ":" not in term)
        columns.update(found)
    names = list(columns)
    return (np.column_stack([columns[name] for name in names]) if names else np.empty((len(frame), 0))), names


def _stack(arrays: list[np.ndarray], n: int) -> np.ndarray:
    return np.column_stack(arrays) if arrays else np.empty((n, 0), dtype=np.int64)
