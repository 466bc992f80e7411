"""Read a table from a csv, Parquet or Stata file."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.sample import to_frame

_EXACT = 2**53


def read_table(source: Any) -> pd.DataFrame:
    """A frame from a path (.csv, .parquet, .dta) or from a table that is already in memory."""
    if not isinstance(source, str | Path):
        return to_frame(source)
    path = Path(source)
    if not path.is_file():
        raise EstimationError(f"no such file: {path}")
    readers = {".csv": _read_csv, ".parquet": pd.read_parquet, ".dta": _read_dta}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise EstimationError(f"cannot read {path.name}: the file must be .csv, .parquet or .dta")
    try:
        return reader(path)
    except (ValueError, OSError, struct.error) as error:  # the errors of pandas and pyarrow are ValueErrors
        reason = str(error).strip().splitlines()[0]
        raise EstimationError(
            f"{path.name} is not a readable {path.suffix.lower()} file: {reason}"
        ) from error


def _read_csv(path: Path) -> pd.DataFrame:
    """GB18030 where the file is not UTF-8; whole numbers beyond 2^53 keep every digit."""
    try:
        frame, encoding = pd.read_csv(path, encoding="utf-8-sig", low_memory=False), "utf-8-sig"
    except UnicodeDecodeError:
        frame, encoding = pd.read_csv(path, encoding="gb18030", low_memory=False), "gb18030"
    if frame.shape[1] == 1 and any(mark in str(frame.columns[0]) for mark in ";\t"):
        raise EstimationError(
            f"{path.name} has one column {frame.columns[0]!r}: separate the columns by commas"
        )
    long = [name for name in frame.select_dtypes("float") if _lost_digits(frame[name])]
    if long:
        text = pd.read_csv(path, encoding=encoding, usecols=long, dtype="string")
        whole = [name for name in long if text[name].dropna().str.fullmatch(r"[+-]?\d+").all()]
        frame[whole] = text[whole]
    return frame


def _lost_digits(values: pd.Series) -> bool:
    """Whether a float column holds whole numbers too large to be exact (identifiers with gaps)."""
    present = values.to_numpy()[np.isfinite(values.to_numpy())]
    return bool(len(present) and np.abs(present).max() >= _EXACT and (present == np.trunc(present)).all())


def _read_dta(path: Path) -> pd.DataFrame:
    """Numbers as Stata keeps them (labels and date formats off); GB18030 text in files older than Stata 14."""
    frame = pd.read_stata(path, convert_categoricals=False, convert_dates=False, preserve_dtypes=False)
    with path.open("rb") as file:
        modern = file.read(32).startswith(
            (b"<stata_dta><header><release>118", b"<stata_dta><header><release>119")
        )
    if not modern:
        text = frame.select_dtypes(["object", "string"]).columns
        frame[text] = frame[text].apply(lambda column: column.map(_mended, na_action="ignore"))
        frame = frame.rename(columns=_mended)
    return frame


def _mended(text: Any) -> Any:
    """Chinese text that was read as Latin-1."""
    if not isinstance(text, str) or text.isascii():
        return text
    for encoding in ("utf-8", "gb18030"):
        try:
            return text.encode("latin-1").decode(encoding)
        except UnicodeError:
            continue
    return text
