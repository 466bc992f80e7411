"""A chunk of raw columns to typed rows and rejects.

Most cells have the plainest form of their type and are cast by a short query. Rows with any other cell are looked at again
by a thorough one, for the columns concerned only: it knows every accepted form and the reason for every other.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from keytech.landing.cells import cleaned, fast_value, fault_of, is_text, quoted, suspicion, text_of, value_of
from keytech.landing.chunks import SHOWN
from keytech.landing.contracts import Column, Table

FAULTS = pa.schema(
    [
        ("row_number", pa.int64()),
        ("column_name", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
    ]
)


@dataclass(frozen=True)
class Cast:
    """What a chunk becomes: `landed` rows (contract columns and `_row`), `faults` (schema FAULTS, by row and
    column), number of `blank` rows, and per column the number of `readable` cells before rows were rejected.
    """

    landed: pa.Table
    faults: pa.Table
    blank: int
    readable: dict[str, int]


def cast(con: duckdb.DuckDBPyConnection, rows: pa.Table, table: Table) -> Cast:
    """Cast raw `rows` (`_row` and columns under contract names, any Arrow type) to the types of `table`."""
    columns = [column for column in table.columns if column.name in rows.schema.names]
    texts = _texts(con, rows, columns)
    typed = _query(con, _fast_query(table, columns), texts)
    suspects = pc.and_not(typed["_suspect"], typed["_blank"]).combine_chunks()
    faults, out = FAULTS.empty_table(), typed["_blank"]
    if pc.any(suspects).as_py():
        typed, faults = _look_closer(con, typed, texts, suspects, columns)
        bad = pc.is_in(typed["_row"], value_set=faults["row_number"].combine_chunks())
        out = pc.or_(out, bad)
    readable = {column.name: len(typed) - typed[column.name].null_count for column in columns}
    blank = pc.sum(typed["_blank"], min_count=0).as_py()
    landed = typed.filter(pc.invert(out)).drop_columns(["_suspect", "_blank"])
    return Cast(landed, faults, blank, readable)


def _query(con: duckdb.DuckDBPyConnection, query: str, chunk: pa.Table) -> pa.Table:
    con.register("chunk", chunk)
    try:
        return con.sql(query).to_arrow_table()
    finally:
        con.unregister("chunk")


def _texts(con: duckdb.DuckDBPyConnection, rows: pa.Table, columns: list[Column]) -> pa.Table:
    """`_row` and the cleaned texts of all columns."""
    for index, field in enumerate(rows.schema):
        if pa.types.is_dictionary(field.type):
            rows = rows.set_column(index, field.name, pc.cast(rows[field.name], field.type.value_type))
    kinds = {column.name: rows.schema.field(column.name).type for column in columns}
    if any(not is_text(kind) for kind in kinds.values()):
        shown = [f"{text_of(c.name, kinds[c.name], c)} as {quoted(c.name)}" for c in columns]
        rows = _query(con, f"select _row, {', '.join(shown)} from chunk order by _row", rows)
    texts = {name: cleaned(pc.cast(rows[name], pa.string())) for name in kinds}
    return pa.table({"_row": rows["_row"], **texts})


def _fast_query(table: Table, columns: list[Column]) -> str:
    values = [
        f"{quoted(c.name)} as t{i}, {fast_value(quoted(c.name), c.data_type)} as v{i}"
        for i, c in _each(columns)
    ]
    doubts = [suspicion(f"t{i}", f"v{i}", column) for i, column in _each(columns)]
    suspect = " or ".join(doubt for doubt in doubts if doubt) or "false"
    blank = " and ".join(f"t{i} is null" for i, _ in _each(columns)) or "true"
    place = {column.name: f"v{i}" for i, column in _each(columns)}
    final = [f"{place.get(c.name, f'null::{c.data_type}')} as {quoted(c.name)}" for c in table.columns]
    return (
        f"with typed as (select {', '.join(['_row', *values])} from chunk) "
        f"select {', '.join(final)}, _row, {suspect} as _suspect, {blank} as _blank from typed order by _row"
    )


def _each(columns: list[Column]) -> list[tuple[int, Column]]:
    return list(enumerate(columns))


def _look_closer(
    con: duckdb.DuckDBPyConnection,
    typed: pa.Table,
    texts: pa.Table,
    suspects: pa.Array,
    columns: list[Column],
) -> tuple[pa.Table, pa.Table]:
    """`typed` with the values of the suspect rows settled, and the faults among them (schema FAULTS)."""
    some_typed, some_texts = typed.filter(suspects), texts.filter(suspects)
    doubtful = [c for c in columns if _is_doubtful(c, some_typed[c.name], some_texts[c.name])]
    found = _query(con, _close_query(doubtful), some_texts)
    faults = []
    for i, column in _each(doubtful):
        if column.data_type != "varchar":
            settled = pc.replace_with_mask(
                typed[column.name].combine_chunks(), suspects, found[f"v{i}"].combine_chunks()
            )
            typed = typed.set_column(typed.schema.get_field_index(column.name), column.name, settled)
        faulty = pc.is_valid(found[f"f{i}"])
        columns_of = {
            "row_number": found["_row"].filter(faulty),
            "column_name": pa.repeat(pa.scalar(column.name), pc.sum(faulty).as_py() or 0),
            "value": pc.utf8_slice_codeunits(some_texts[column.name].filter(faulty), 0, SHOWN),
            "reason": found[f"f{i}"].filter(faulty),
        }
        faults.append(
            pa.table(columns_of).append_column("position", pa.repeat(i, pc.sum(faulty).as_py() or 0))
        )
    listed = pa.concat_tables(faults).sort_by([("row_number", "ascending"), ("position", "ascending")])
    return typed, listed.drop_columns(["position"]).cast(FAULTS)


def _is_doubtful(column: Column, typed: pa.ChunkedArray, texts: pa.ChunkedArray) -> bool:
    if column.allowed is not None:
        return True
    unread = pc.is_null(typed)
    if column.nullable:
        unread = pc.and_(unread, pc.is_valid(texts))
    return bool(pc.any(unread).as_py())


def _close_query(columns: list[Column]) -> str:
    values = [
        f"{quoted(c.name)} as t{i}, {value_of(quoted(c.name), c.data_type)} as v{i}"
        for i, c in _each(columns)
    ]
    final = [f"v{i}, {fault_of(f't{i}', f'v{i}', column)} as f{i}" for i, column in _each(columns)]
    return (
        f"with typed as (select {', '.join(['_row', *values])} from chunk) "
        f"select {', '.join(['_row', *final])} from typed order by _row"
    )
