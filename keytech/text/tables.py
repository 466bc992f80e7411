"""Reading and writing the csv files that the text tools work on."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

ENCODINGS = ("utf-8-sig", "gb18030")


class TextError(Exception):
    """What a person has to change: a missing file, column or an unreadable encoding."""


def read_text_csv(path: Path) -> pd.DataFrame:
    """A csv as text columns, blanks as None; UTF-8 (with or without mark) or GB18030.

    Raises TextError naming the file where it is absent, empty or in another encoding.
    """
    if not path.is_file():
        raise TextError(f"{path}: no such file")
    for encoding in ENCODINGS:
        try:
            frame = pd.read_csv(path, dtype=str, encoding=encoding, keep_default_na=False)
        except UnicodeDecodeError:
            continue
        except pd.errors.EmptyDataError:
            raise TextError(f"{path}: the file is empty") from None
        except pd.errors.ParserError as error:
            raise TextError(f"{path}: not a csv file ({error})") from None
        return frame.astype(object).where(frame != "", None)
    raise TextError(f"{path}: neither UTF-8 nor GB18030")


def pick_column(
    frame: pd.DataFrame, file: Path, wanted: str | None, accepted: tuple[str, ...], what: str
) -> str:
    """The column a tool works on: `wanted`, else the first accepted header, else the only column.

    Raises TextError listing the columns of the file where none of these exists.
    """
    if wanted is not None:
        if wanted in frame.columns:
            return wanted
        raise TextError(f"{file}: no column {wanted!r}; the columns are {', '.join(frame.columns)}")
    by_lower = {str(column).strip().lower(): column for column in reversed(frame.columns)}
    for header in accepted:
        if header in by_lower:
            return by_lower[header]
    if len(frame.columns) == 1:
        return frame.columns[0]
    raise TextError(f"{file}: which column holds {what}? The columns are {', '.join(frame.columns)}")


def load(connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    """Put a frame of text columns into a temporary table of varchar columns, in the order of its rows."""
    columns = ", ".join(f'"{column}"::varchar as "{column}"' for column in frame.columns)
    connection.register("_frame", frame)
    connection.execute(f"create or replace temporary table {table} as select {columns} from _frame")
    connection.unregister("_frame")
