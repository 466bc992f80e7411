"""A table on its way to a raw file: its defects, and where they end up in the file."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from keytech.simulate import defects
from keytech.simulate.truth import Truth


class Damaged:
    """`frame` (a copy, rows in file order) that collects defects; `record` hands them to the truth folder.

    Changes touch about `rate` of the rows for which `where` (boolean, n) holds; values that a change leaves as they
    are do not count as defects.
    """

    def __init__(self, frame: pd.DataFrame, rng: np.random.Generator):
        self.frame, self.rng = frame.reset_index(drop=True), rng
        self._found: list[tuple[np.ndarray, str, str, bool]] = []

    def change(
        self, column: str, kind: str, rate: float, how: Callable, where: np.ndarray | None = None
    ) -> None:
        """Replace `how(value)` in the touched rows."""
        rows = defects.pick(self.rng, len(self.frame), rate)
        if where is not None:
            rows = rows[np.asarray(where)[rows]]
        before = self.frame[column].to_numpy(dtype=object)
        after = defects.apply(before, rows, how)
        touched = rows[[before[r] != after[r] for r in rows]] if len(rows) else rows
        if not len(touched):
            return
        self.frame[column] = after
        self._found.append((touched, column, kind, False))

    def repeat(self, kind: str, rate: float) -> None:
        """Deliver about `rate` of the rows twice; the second copies stand at the end."""
        rows = defects.pick(self.rng, len(self.frame), rate)
        self.append(self.frame.iloc[rows], "", kind, destroys=False)

    def append(self, rows: pd.DataFrame, column: str, kind: str, *, destroys: bool) -> None:
        """Add `rows` at the end; all of them are defects."""
        first = len(self.frame)
        self.frame = pd.concat([self.frame, rows], ignore_index=True)
        self._found.append((np.arange(first, len(self.frame)), column, kind, destroys))

    def keep(self, rows: np.ndarray) -> None:
        """Keep only the rows for which `rows` (boolean, n) holds, and their defects."""
        place = np.where(rows, np.cumsum(rows) - 1, -1)
        self.frame = self.frame[rows].reset_index(drop=True)
        self._found = [(p[p >= 0], *rest) for p, *rest in ((place[f[0]], *f[1:]) for f in self._found)]

    def note(self, where: np.ndarray, column: str, kind: str) -> None:
        """Record as defects what the state already holds (rows before any `append`)."""
        self._found.append((np.flatnonzero(where), column, kind, False))

    def firm_names(self, column: str, rates: dict[str, float]) -> None:
        """The usual variants of a Chinese firm name."""
        brackets = self.frame[column].str.contains("[（(]", regex=True).to_numpy(bool)
        self.change(column, "brackets", rates["firm_name_brackets"], defects.swap_brackets, where=brackets)
        self.change(
            column,
            "stray_space",
            rates["firm_name_stray_space"],
            lambda v: defects.stray_space(v, len(v) // 2),
        )
        self.change(column, "traditional", rates["firm_name_traditional"], defects.traditional)
        self.change(column, "legal_variant", rates["firm_name_legal_variant"], defects.legal_variant)

    def record(self, truth: Truth, file: str, first_row: int) -> None:
        """`first_row` is the raw line of the first record (csv 2, workbook 4, Parquet and Stata 1)."""
        for rows, column, kind, destroys in self._found:
            if len(rows):
                truth.defects(file, rows + first_row, column, kind, destroys=destroys)
