"""Evaluate a formula term on a data frame: columns, arithmetic, factors and interactions. Nothing else runs."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Collection

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.formula import split_top

_FUNCTIONS = {
    "I": lambda value: value,
    "log": np.log,
    "ln": np.log,
    "log1p": np.log1p,
    "log2": np.log2,
    "log10": np.log10,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
}
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FACTOR = re.compile(r"^(i|factor|C|as\.factor)\((.+)\)$")


def term_columns(
    term: str, frame: pd.DataFrame, present: Collection[frozenset[str]] = (frozenset(),)
) -> dict[str, np.ndarray]:
    """Columns of a term: name -> float array (n,).

    A factor gives one column per level; the first level is left out where the model has the term without the factor
    (the rule of R's model formulas): `g` beside a constant, `x:g` beside `x`. `present` holds the other terms of the
    model as sets of their factors, the empty set for a constant or absorbed effects.
    """
    atoms = split_top(term, ":")
    parts = [_atom_columns(atom, frame, frozenset({*atoms} - {atom}) not in present) for atom in atoms]
    result = parts[0]
    for part in parts[1:]:
        result = {f"{a}:{b}": left * right for a, left in result.items() for b, right in part.items()}
    return result


def numeric_column(term: str, frame: pd.DataFrame) -> np.ndarray:
    """A term that must be one numeric column (an outcome, a weight); shape (n,)."""
    columns = term_columns(term, frame)
    if len(columns) != 1:
        raise EstimationError(f"{term!r} must be a single numeric column, not a factor")
    return next(iter(columns.values()))


def column(name: str, frame: pd.DataFrame) -> pd.Series:
    """A column by name; raises with the nearest names when it does not exist."""
    if name not in frame.columns:
        from difflib import get_close_matches

        near = get_close_matches(
            name, [str(known) for known in frame.attrs.get("columns", frame.columns)], n=3
        )
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise EstimationError(f"unknown column {name!r}{hint}")
    return frame[name]


def _atom_columns(atom: str, frame: pd.DataFrame, every_level: bool = False) -> dict[str, np.ndarray]:
    match = _FACTOR.match(atom)
    if match and atom not in frame.columns:
        return _factor_columns(match[1], match[2], frame, every_level)
    name = atom.strip("`")
    if name in frame.columns:
        series = frame[name]
        if pd.api.types.is_datetime64_any_dtype(series):
            raise EstimationError(
                f"column {name!r} holds dates: use i({name}) for dummies, or a column of numbers"
            )
        if _is_text(series):
            return _dummies(series, lambda level: f"{name}{level}", None, every_level)
        return {atom: to_float(series)}
    return {atom: _evaluate(atom, frame)}


def _factor_columns(kind: str, inside: str, frame: pd.DataFrame, every_level: bool) -> dict[str, np.ndarray]:
    arguments = split_top(inside, ",")
    name, reference, interacted = arguments[0].strip("`"), None, None
    for argument in arguments[1:]:
        key, _, value = argument.partition("=")
        if key == "ref" and value:
            reference = value.strip("'\"")
        elif not value:
            interacted = argument.strip("`")
        else:
            raise EstimationError(f"unknown argument {argument!r} in {kind}({inside}); allowed: ref=")
    series = column(name, frame)
    label = (lambda level: f"{name}::{level}") if kind == "i" else (lambda level: f"{kind}({name}){level}")
    if interacted is None:
        return _dummies(series, label, reference, every_level and reference is None)
    slope = to_float(column(interacted, frame))
    dummies = _dummies(series, label, reference, keep_all=reference is None)
    return {f"{key}:{interacted}": value * slope for key, value in dummies.items()}


def _dummies(
    series: pd.Series, label, reference: str | None, keep_all: bool = False
) -> dict[str, np.ndarray]:
    levels = sorted(series.dropna().unique())
    text = [level_text(level) for level in levels]
    if reference is not None and reference not in text:
        raise EstimationError(f"reference {reference!r} is not a level of {series.name!r}: {text[:10]}")
    base = None if keep_all else (reference if reference is not None else text[0] if text else None)
    missing = series.isna().to_numpy()
    columns = {}
    for level, name in zip(levels, text, strict=True):
        if name != base:
            dummy = (series == level).to_numpy(dtype=float, na_value=np.nan)
            columns[label(name)] = np.where(missing, np.nan, dummy)
    return columns


def level_text(level) -> str:
    """A level as an economist writes it: 2015, not 2015.0."""
    if isinstance(level, float | np.floating) and float(level).is_integer():
        return str(int(level))
    return str(level)


def _is_text(series: pd.Series) -> bool:
    return not (pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series)) and not (
        series.dtype == object
        and pd.api.types.infer_dtype(series, skipna=True) in ("decimal", "floating", "integer", "boolean")
    )


def to_float(series: pd.Series) -> np.ndarray:
    """Float copy of a numeric column with missing as NaN; text is refused by name."""
    if _is_text(series):
        first = series.dropna().iloc[:1].tolist()
        raise EstimationError(f"column {series.name!r} is text (first value {first}), a number is needed")
    return series.to_numpy(dtype=float, na_value=np.nan)


def _evaluate(atom: str, frame: pd.DataFrame) -> np.ndarray:
    names: list[str] = []

    def placeholder(match: re.Match) -> str:
        names.append(match[1])
        return f"_quoted_{len(names) - 1}_"

    def dotted(match: re.Match) -> str:
        known = match[0] in frame.columns and not match[0].startswith("_quoted_")
        return placeholder(re.match("(.+)", match[0])) if known else match[0]

    source = re.sub(r"`([^`]+)`", placeholder, atom).replace("^", "**")
    source = re.sub(r"[^\W\d]\w*(?:\.\w+)+", dotted, source)  # R's names: Sepal.Length
    try:
        tree = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        raise EstimationError(f"cannot read formula term {atom!r}{_hint(atom)}") from error
    with np.errstate(all="ignore"):
        value = _walk(tree, frame, atom, names)
    if np.ndim(value) == 0:
        raise EstimationError(f"formula term {atom!r} uses no column")
    return np.asarray(value, dtype=float)


def _walk(node: ast.AST, frame: pd.DataFrame, atom: str, names: list[str]):
    def down(child):
        return _walk(child, frame, atom, names)

    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        quoted = re.fullmatch(r"_quoted_(\d+)_", node.id)
        series = column(names[int(quoted[1])] if quoted else node.id, frame)
        return series.to_numpy(dtype=object) if _is_text(series) else to_float(series)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](down(node.left), down(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -down(node.operand)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OPERATORS:
        return _compare(_OPERATORS[type(node.ops[0])], down(node.left), down(node.comparators[0]))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        if len(node.args) != 1:
            raise EstimationError(f"{node.func.id}() in {atom!r} takes one argument")
        return _FUNCTIONS[node.func.id](down(node.args[0]))
    allowed = ", ".join([*_FUNCTIONS, "i", "factor"])
    raise EstimationError(
        f"cannot evaluate formula term {atom!r}{_hint(atom)}; allowed are + - * / ^, comparisons and {allowed}"
    )


def _hint(atom: str) -> str:
    """How a piece of Stata or R notation is written here."""
    if re.match(r"[ic]\.\w|.*#", atom):
        return "; this is Stata notation: write i(x) for dummies, a:b for a product, a*b for both with main effects"
    return "; '.' for all columns is not supported, name them" if atom == "." else ""


def _compare(compare, left, right) -> np.ndarray:
    """A comparison is 1 or 0, and missing where an operand is missing."""
    missing = pd.isna(left) | pd.isna(right)
    return np.where(missing, np.nan, compare(left, right))
