"""Random assignments: seeded, or supplied in a file with one draw per column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.tables import read_table


def supplied(
    draws_file: Any, keys: pd.Index, key_name: str | None, rows: np.ndarray, total: int
) -> np.ndarray:
    """Draws (len(keys), B) from a table.

    A column named `key_name` says which unit a row is; otherwise rows must be in the order of the data (all `total`
    rows, or only the `rows` used) or of the sorted keys.
    """
    table = read_table(draws_file)
    if key_name is not None and key_name in table.columns:
        indexed = table.set_index(key_name)
        indexed.index = indexed.index.astype(str)
        lost = [key for key in keys.astype(str) if key not in indexed.index]
        if lost:
            raise EstimationError(f"draws_file has no row for {key_name} {lost[:5]}")
        return indexed.loc[keys.astype(str)].to_numpy(dtype=float)
    values = table.to_numpy(dtype=float)
    if len(values) == len(keys):
        return values
    if key_name is None and len(values) == total:
        return values[rows]
    raise EstimationError(
        f"draws_file has {len(values)} rows; needed: {len(keys)} (or a column {key_name!r})"
    )


def permutations(values: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """`values` (m,) shuffled `draws` times: (m, draws)."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.permutation(values) for _ in range(draws)])


def resamples(n: int, draws: int, seed: int) -> np.ndarray:
    """Row numbers drawn with replacement, (n, draws)."""
    return np.random.default_rng(seed).integers(0, n, size=(n, draws))
