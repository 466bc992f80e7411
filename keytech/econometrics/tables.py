"""Read a table from a csv, Parquet or Stata file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.sample import to_frame


def read_table(source: Any) -> pd.DataFrame:
    """A frame from a path (.csv, .parquet, .dta) or from a table that is already in memory."""
    if not isinstance(source, str | Path):
        return to_frame(source)
    path = Path(source)
    if not path.is_file():
        raise EstimationError(f"no such file: {path}")
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _read_csv(path)
    if suffix == ".parquet":
        return pd.read_parquet(path)
    if suffix == ".dta":
        return pd.read_stata(path, convert_categoricals=False, preserve_dtypes=False)
    raise EstimationError(f"cannot read {path.name}: the file must be .csv, .parquet or .dta")


def _read_csv(path: Path) -> pd.DataFrame:
    """Exact decimals; GB18030 where the file is not UTF-8."""
    try:
        return pd.read_csv(path, encoding="utf-8-sig", low_memory=False)
    except UnicodeDecodeError:
        return pd.read_csv(path, encoding="gb18030", low_memory=False)
