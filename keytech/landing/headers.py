"""Raw headers to contract columns: normalisation, search of the header row, nearest header for messages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from keytech.landing.errors import LandingError, Problem

if TYPE_CHECKING:
    from keytech.landing.contracts import Column, Table

HEADER_SEARCH_ROWS = 20
_DROPPED = re.compile(r"[\s()\[\]{}<>【】〔〕《》「」『』\"'“”‘’\u200b\u200c\u200d\ufeff]+")


def normalise(header: str) -> str:
    """A header as it is compared: full width to half width, lower case, without spaces, quotes and brackets.

    Only the bracket characters go; what stands between them stays, since it often is the unit.
    """
    return _DROPPED.sub("", unicodedata.normalize("NFKC", header)).casefold()


def nearest(wanted: Sequence[str], found: Sequence[str], cutoff: float = 40.0) -> str | None:
    """The element of `found` most like any of `wanted` (rapidfuzz ratio of at least `cutoff`), or None."""
    scored = [
        (max(fuzz.ratio(normalise(candidate), normalise(word)) for word in wanted), -position, candidate)
        for position, candidate in enumerate(found)
        if candidate
    ]
    best = max(scored, default=None)
    return best[2] if best and best[0] >= cutoff else None


@dataclass(frozen=True)
class HeaderMap:
    """Where the contract's columns stand in a raw table.

    `positions`: contract column -> 0-based position in the raw record; `row`: 1-based row of the header;
    `extra`: headers the contract does not know; `absent`: optional columns the file does not carry.
    """

    headers: tuple[str, ...]
    positions: dict[str, int]
    row: int
    extra: tuple[str, ...]
    absent: tuple[str, ...]


def count_matches(cells: Sequence[str], table: Table) -> int:
    """How many columns of `table` find their header in one raw row."""
    known = _owners(table)
    return len({known[name] for cell in cells if (name := normalise(cell)) in known})


def find_header(rows: Sequence[Sequence[str]], table: Table) -> int:
    """Index of the row that matches most contract columns; the first of equals; the first filled row if none."""
    rows = rows[:HEADER_SEARCH_ROWS]
    scores = [count_matches(row, table) for row in rows]
    if scores and max(scores) > 0:
        return scores.index(max(scores))
    filled = [index for index, row in enumerate(rows) if any(cell.strip() for cell in row)]
    return filled[0] if filled else 0


def has_required(cells: Sequence[str], table: Table) -> bool:
    """Whether every required column finds its header in the row."""
    present = {normalise(cell) for cell in cells}
    return all(
        present & {normalise(header) for header in column.headers}
        for column in table.columns
        if column.required
    )


def match_headers(
    headers: Sequence[str],
    table: Table,
    file: str,
    contract: str,
    row: int = 1,
    second_names: Sequence[str] | None = None,
) -> HeaderMap:
    """Map one raw header row; `second_names` (variable labels of a dta) count where the first name says nothing.

    Raises LandingError for a missing required column and for two headers that mean the same column.
    """
    known = _owners(table)
    owners = [known.get(normalise(header)) for header in headers]
    if second_names is not None:
        taken = {owner for owner in owners if owner}
        labelled = [known.get(normalise(name)) for name in second_names]
        owners = [
            first or (label if label not in taken else None)
            for first, label in zip(owners, labelled, strict=True)
        ]
    _refuse_twice(owners, headers, file, contract)
    positions = {owner: index for index, owner in enumerate(owners) if owner}
    extra = tuple(
        header.strip()
        for header, owner in zip(headers, owners, strict=True)
        if owner is None and header.strip()
    )
    missing = [column for column in table.columns if column.name not in positions]
    _refuse_missing([column for column in missing if column.required], headers, extra, file, contract, row)
    return HeaderMap(tuple(headers), positions, row, extra, tuple(column.name for column in missing))


def _owners(table: Table) -> dict[str, str]:
    return {normalise(header): column.name for column in table.columns for header in column.headers}


def _refuse_twice(owners: Sequence[str | None], headers: Sequence[str], file: str, contract: str) -> None:
    for column in dict.fromkeys(owner for owner in owners if owner):
        same = [header for header, owner in zip(headers, owners, strict=True) if owner == column]
        if len(same) > 1:
            raise LandingError(
                Problem(
                    file,
                    f"{len(same)} columns of the file mean {column}",
                    expected=f"one column for {column}",
                    found=" | ".join(same),
                    remedy=f"remove or rename all but one in the file, or correct the aliases in {contract}",
                )
            )


def _refuse_missing(
    missing: Sequence[Column],
    headers: Sequence[str],
    extra: Sequence[str],
    file: str,
    contract: str,
    row: int,
) -> None:
    if not missing:
        return
    close = {column.name: nearest(column.headers, extra) for column in missing}
    shown = [f"{column.label_zh} ({column.name})" for column in missing]
    first = missing[0]
    raise LandingError(
        Problem(
            file,
            f"required column{'s' if len(missing) > 1 else ''} missing: {', '.join(shown)}",
            expected="; ".join(f"{column.name} as {' or '.join(column.headers)}" for column in missing),
            found=f"{' | '.join(headers)} (row {row})",
            nearest="; ".join(f"{name}: {header or 'none is close'}" for name, header in close.items()),
            remedy=f"rename the column in the file, or add its header to the aliases of {first.name} in {contract}",
        )
    )
