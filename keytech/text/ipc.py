"""IPC symbols of a csv file against the rules of another, by the SQL of the models."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from keytech.text.sql import MacroSql
from keytech.text.tables import TextError, load, pick_column, read_text_csv

SYMBOL_HEADERS = ("code", "ipc", "ipc_code", "ipc_main", "symbol", "主分类号", "分类号", "ipc_all")
PATTERN_HEADERS = ("ipc_pattern", "ipc_include", "ipc_patterns", "pattern", "国际专利分类号")
LABEL_HEADERS = ("subfield_code", "sei_code", "sub_field", "subfield", "branch_no", "list_id", "产业代码")
RULE_HEADERS = ("rule_no", "rule_id", "序号", "rule")
EXCLUDE_HEADERS = ("exclude_patterns", "exclude_within_pattern", "ipc_exclude", "exclude", "不含")


def match_ipc_files(codes: Path, rules: Path, column: str | None = None) -> pd.DataFrame:
    """One row per match: code (as in the file), rule_no, subfield_code, patterns (those of the rule, joined by ;), ipc.

    A cell may list several symbols (; , 、 |); ipc is the normal form of the one that matched. `rules` is a table in official notation: a pattern column, and where present a rule number, a sub-field and
    exclusions (the headers of the official files are known). A code that no rule holds
    has no row, a repeated code one block of rows.
    Raises TextError also for a pattern that cannot be read.
    """
    symbols, table = read_text_csv(codes), read_text_csv(rules)
    column = pick_column(symbols, codes, column, SYMBOL_HEADERS, "the IPC symbols")
    macros = MacroSql(duckdb.connect())
    load(macros.connection, "raw_symbols", pd.DataFrame({"code": symbols[column]}))
    load(macros.connection, "rule_table", _rule_table(table, rules))
    macros.query("create temporary table rules as {{ ipc_rules('rule_table') }}")
    unread = macros.connection.execute(
        "select distinct rule_no, token from rules where level is null order by all limit 10"
    ).fetchall()
    if unread:
        listed = ", ".join(f"{token!r} (rule {rule})" for rule, token in unread)
        raise TextError(f"{rules}: cannot read {listed}")
    macros.query(
        "create temporary table symbols as select distinct code, {{ ipc_normalise('symbol') }} as ipc from ("
        " select code, unnest(string_split({{ text_replace('code', '[；,，、|｜]', ';') }}, ';')) as symbol"
        " from raw_symbols where code is not null) as listed where trim(symbol) <> ''"
    )
    macros.query("create temporary table matches as {{ ipc_match('symbols', 'ipc', 'rules') }}")
    return macros.connection.execute(
        """
        select
            symbols.code, rule_no, subfield_code, string_agg(ipc_pattern, ';' order by ipc_pattern) as patterns, ipc
        from symbols inner join matches using (ipc)
        group by symbols.code, ipc, rule_no, subfield_code
        order by symbols.code, ipc, subfield_code, try_cast(rule_no as integer), rule_no
        """
    ).df()


def unread_symbols(codes: Path, column: str | None = None) -> list[str]:
    """The cells of the file that hold something which is no IPC symbol, each once, in order. Raises TextError."""
    frame = read_text_csv(codes)
    cells = frame[pick_column(frame, codes, column, SYMBOL_HEADERS, "the IPC symbols")].dropna()
    macros = MacroSql(duckdb.connect())
    load(macros.connection, "raw_symbols", pd.DataFrame({"code": cells}))
    found = macros.query(
        "select distinct code from ("
        " select code, unnest(string_split({{ text_replace('code', '[；,，、|｜]', ';') }}, ';')) as symbol"
        " from raw_symbols) as listed where trim(symbol) <> '' and {{ ipc_normalise('symbol') }} is null order by 1"
    )
    return [row[0] for row in found.fetchall()]


def _rule_table(table: pd.DataFrame, file: Path) -> pd.DataFrame:
    """The columns that ipc_rules reads, from whatever the file calls them."""
    pattern = pick_column(table, file, None, PATTERN_HEADERS, "the IPC patterns")
    by_lower = {str(c).strip().lower(): c for c in reversed(table.columns)}

    def column(headers: tuple[str, ...], default: list[str | None]) -> pd.Series | list[str | None]:
        found = next((by_lower[h] for h in headers if h in by_lower), None)
        return default if found is None else table[found]

    blank: list[str | None] = [None] * len(table)
    return pd.DataFrame(
        {
            "rule_no": column(RULE_HEADERS, [str(i + 1) for i in range(len(table))]),
            "subfield_code": column(LABEL_HEADERS, blank),
            "ipc_pattern": table[pattern],
            "exclude_patterns": column(EXCLUDE_HEADERS, blank),
        }
    )
