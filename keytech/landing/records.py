"""Delimited records: split by Arrow, each with its line number; what cannot be used as a whole is rejected here.

`_row` is the line on which the record starts. Rejected before any cast are

* a wrong number of fields: one rejected row per physical line that the record covers, because its limits cannot be
  trusted (an unclosed quotation mark swallows lines);
* a quoted value that holds the end of one record and the start of a later one (two unclosed quotation marks in the same
  column, so that the number of fields fits): again one rejected row per physical line;
* a broken byte anywhere in the record, with its offset.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from keytech.landing.chunks import Chunk, RawFile, Reject, shorten
from keytech.landing.decoding import BROKEN, BrokenPlace
from keytech.landing.errors import LandingError, Problem
from keytech.landing.headers import HeaderMap
from keytech.landing.textstream import TextStream

ARROW_BLOCK = 8 << 20


@dataclass(frozen=True)
class _Misfit:
    record: int
    fields: int
    text: str


class Records:
    """The records of one delimited file after its header line."""

    def __init__(self, raw: RawFile, text: TextStream, headers: HeaderMap, separator: str, first_line: int):
        self.raw, self.text, self.headers, self.separator = raw, text, headers, separator
        self.width = len(headers.headers)
        self.misfits: list[_Misfit] = []
        self.next_record, self.next_line = 1, first_line
        self.next_place = 0

    def chunks(self) -> Iterator[Chunk]:
        """Chunks in file order; raises LandingError where a quotation mark is never closed."""
        try:
            for batch in self._open():
                yield self._chunk(batch)
        except pa.ArrowInvalid as error:
            if "Empty CSV" not in str(error):
                raise LandingError(self._unclosed(str(error))) from error
        if self.misfits:
            names = [f"f{index}" for index in range(self.width)]
            nothing = pa.RecordBatch.from_pydict({name: pa.array([], pa.string()) for name in names})
            yield self._chunk(nothing, last=self.misfits[-1].record)

    def _open(self) -> pacsv.CSVStreamingReader:
        names = [f"f{index}" for index in range(self.width)]
        return pacsv.open_csv(
            pa.PythonFile(self.text, mode="r"),
            read_options=pacsv.ReadOptions(use_threads=False, block_size=ARROW_BLOCK, column_names=names),
            parse_options=pacsv.ParseOptions(
                delimiter=self.separator,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._misfit,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )

    def _misfit(self, row: pacsv.InvalidRow) -> str:
        self.misfits.append(_Misfit(row.number, row.actual_columns, row.text))
        return "skip"

    def _unclosed(self, why: str) -> Problem:
        return Problem(
            self.raw.shown,
            f"cannot be split into records after line {self.next_line - 1} ({why})",
            expected="every quotation mark that opens a value is closed again",
            remedy=f"look for a single quotation mark in the {ARROW_BLOCK >> 20} MB after that line",
        )

    def _chunk(self, batch: pa.RecordBatch, last: int = 0) -> Chunk:
        misfits, starts, spans = self._place_records(batch, last)
        usable = np.ones(batch.num_rows, dtype=bool)
        rejects: list[Reject] = []
        blank = 0
        for misfit, start in misfits:
            if misfit.text.strip(" \t\r\n\x1a"):
                rejects += self._reject_lines(misfit.text, start, self._wrong_width(misfit, start))
            else:
                blank += 1
        for row in np.flatnonzero(spans):
            values = [column[row].as_py() for column in batch.columns]
            if self._swallows(values):
                usable[row] = False
                text = self.separator.join(values)
                reason = (
                    f"an unclosed quotation mark runs from line {starts[row]} to {starts[row] + spans[row]}"
                )
                rejects += self._reject_lines(text, int(starts[row]), reason)
        rejects += self._reject_broken(batch, starts, spans, usable)
        rejects.sort(key=lambda reject: reject.row_number)
        return Chunk(self._mapped(batch, starts, usable), tuple(rejects), blank)

    def _place_records(
        self, batch: pa.RecordBatch, last: int
    ) -> tuple[list[tuple[_Misfit, int]], np.ndarray, np.ndarray]:
        """The misfits that stand before or among the rows of the batch with their lines; line and further lines per row."""
        first = self.next_record
        last = max(last, first + batch.num_rows - 1)
        taken = 0
        while taken < len(self.misfits) and self.misfits[taken].record <= last:
            last += 1 if batch.num_rows else 0
            taken += 1
        misfits, self.misfits = self.misfits[:taken], self.misfits[taken:]
        is_row = np.ones(last - first + 1, dtype=bool)
        inside = np.zeros(last - first + 1, dtype=np.int64)
        for misfit in misfits:
            is_row[misfit.record - first] = False
            inside[misfit.record - first] = misfit.text.count("\n")
        inside[is_row] = self._newlines(batch)
        starts = self.next_line + np.arange(len(inside)) + np.cumsum(inside) - inside
        self.next_record, self.next_line = last + 1, self.next_line + len(inside) + int(inside.sum())
        placed = [(misfit, int(starts[misfit.record - first])) for misfit in misfits]
        return placed, starts[is_row], inside[is_row]

    def _newlines(self, batch: pa.RecordBatch) -> np.ndarray:
        total = np.zeros(batch.num_rows, dtype=np.int64)
        if self.text.quoted:
            for column in batch.columns:
                total += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)
        return total

    def _wrong_width(self, misfit: _Misfit, start: int) -> str:
        reason = f"{misfit.fields} fields where the header has {self.width}"
        more = misfit.text.count("\n")
        return f"{reason} (a quoted value runs from line {start} to {start + more})" if more else reason

    def _reject_lines(self, text: str, start: int, reason: str) -> list[Reject]:
        lines = text.replace(BROKEN, "\ufffd").split("\n")
        return [Reject(start + index, None, shorten(line), reason) for index, line in enumerate(lines)]

    def _swallows(self, values: list[str]) -> bool:
        if self.width < 3:
            return False
        for index, value in enumerate(values):
            counts = [line.count(self.separator) for line in value.split("\n")]
            whole = all(count == self.width - 1 for count in counts[1:-1])
            if len(counts) > 1 and whole and (counts[0], counts[-1]) == (self.width - 1 - index, index):
                return True
        return False

    def _reject_broken(
        self, batch: pa.RecordBatch, starts: np.ndarray, spans: np.ndarray, usable: np.ndarray
    ) -> list[Reject]:
        places, rejects = self.text.decoder.places, []
        while self.next_place < len(places) and places[self.next_place].line < self.next_line:
            place = places[self.next_place]
            self.next_place += 1
            row = int(np.searchsorted(starts, place.line, side="right")) - 1
            if row >= 0 and usable[row] and place.line <= starts[row] + spans[row]:
                usable[row] = False
                rejects.append(self._broken(batch, row, int(starts[row]), place))
        return rejects

    def _broken(self, batch: pa.RecordBatch, row: int, start: int, place: BrokenPlace) -> Reject:
        values = [column[row].as_py() for column in batch.columns]
        at = next((index for index, value in enumerate(values) if BROKEN in value), 0)
        owner = {position: name for name, position in self.headers.positions.items()}
        value = shorten(values[at].replace(BROKEN, "\ufffd"))
        name = owner.get(at, self.headers.headers[at])
        return Reject(start, name, value, place.reason(self.text.encoding))

    def _mapped(self, batch: pa.RecordBatch, starts: np.ndarray, usable: np.ndarray) -> pa.Table:
        columns = {"_row": pa.array(starts, pa.int64())}
        columns |= {name: batch.column(index) for name, index in self.headers.positions.items()}
        table = pa.table(columns)
        return table if usable.all() else table.filter(pa.array(usable))
