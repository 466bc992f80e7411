"""The sample predicate: one SQL expression over the columns of the data, evaluated where nothing else exists."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.options import nearest

_LOCKED = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
    "threads": "1",
}


def rows_in_sample(predicate: str, frame: pd.DataFrame) -> np.ndarray:
    """Boolean mask (n,) of the rows for which the predicate is true; null counts as false.

    Raises EstimationError where the text is anything but one deterministic expression over the columns.
    """
    import duckdb

    with duckdb.connect(":memory:", config=_LOCKED) as connection:
        used = _checked_columns(predicate, connection, frame)
        table = frame[used].copy(deep=False)
        table["__row__"] = np.arange(len(frame))
        connection.register("data", table)
        connection.execute("set lock_configuration = true")
        try:
            kind = connection.execute(f"select any_value(typeof(({predicate}\n))) from data").fetchone()[0]
            if kind not in ("BOOLEAN", '"NULL"'):
                raise EstimationError(
                    f"sample predicate {predicate!r} is {kind.lower()}, not true or false; compare it with something"
                )
            rows = connection.execute(f"select __row__ from data where ({predicate}\n)").fetchnumpy()[
                "__row__"
            ]
        except duckdb.Error as error:
            raise _refusal(predicate, str(error)) from error
    mask = np.zeros(len(frame), dtype=bool)
    mask[np.asarray(rows, dtype=np.int64)] = True
    return mask


def _checked_columns(predicate: str, connection, frame: pd.DataFrame) -> list[str]:
    """Columns that the predicate names; refuses subqueries, several statements and volatile functions."""
    query = f"select 1 from data where ({predicate}\n)"
    tree = json.loads(connection.execute("select json_serialize_sql(?)", [query]).fetchall()[0][0])
    if tree["error"]:
        raise _refusal(predicate, tree.get("error_message", "not an expression"))
    if len(tree["statements"]) != 1 or not _is_plain_select(tree["statements"][0]["node"]):
        raise EstimationError(f"sample predicate {predicate!r} must be one expression")
    nodes = list(_nodes(tree["statements"][0]["node"]["where_clause"]))
    if any(node.get("class") == "SUBQUERY" for node in nodes):
        raise EstimationError(f"sample predicate {predicate!r} must not contain a query")
    _refuse_volatile(predicate, connection, nodes)
    lowered = {str(name).lower(): name for name in frame.columns}
    named = [node["column_names"][-1] for node in nodes if node.get("class") == "COLUMN_REF"]
    missing = [name for name in named if name.lower() not in lowered]
    if missing:
        hint = nearest(missing[0], [str(name) for name in frame.attrs.get("columns", frame.columns)])
        raise EstimationError(f"sample predicate {predicate!r}: unknown column {missing[0]!r}{hint}")
    return sorted({lowered[name.lower()] for name in named})


def _refusal(predicate: str, reason: str) -> EstimationError:
    """The first line of a database error and what SQL expects."""
    reason = reason.strip().splitlines()[0]
    return EstimationError(
        f"sample predicate {predicate!r}: {reason}; it is SQL: and, or, not, =, <>, in (...), text in single quotes"
    )


def _is_plain_select(node: dict) -> bool:
    plain = node.get("type") == "SELECT_NODE" and node["from_table"]["type"] == "BASE_TABLE"
    extras = (node.get("having"), node.get("sample"), node.get("qualify"))
    return plain and not node["modifiers"] and not node["group_expressions"] and not any(extras)


def _refuse_volatile(predicate: str, connection, nodes: list[dict]) -> None:
    used = {node["function_name"].lower() for node in nodes if node.get("class") == "FUNCTION"}
    if any(node.get("class") == "WINDOW" for node in nodes):
        raise EstimationError(f"sample predicate {predicate!r} must not use a window function")
    if not used:
        return
    marks = ", ".join("?" for _ in used)
    bad = connection.execute(
        f"select distinct function_name from duckdb_functions() where function_name in ({marks})"
        " and (stability <> 'CONSISTENT' or function_type not in ('scalar', 'macro'))",
        sorted(used),
    ).fetchall()
    if bad:
        names = ", ".join(sorted(row[0] for row in bad))
        raise EstimationError(
            f"sample predicate {predicate!r} uses {names}: only functions of the row are allowed"
        )


def _nodes(value):
    if isinstance(value, dict):
        if "class" in value:
            yield value
        for child in value.values():
            yield from _nodes(child)
    elif isinstance(value, list):
        for child in value:
            yield from _nodes(child)
