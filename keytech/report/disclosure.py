"""Statistical disclosure control for counts that the site shows: nothing below ten, and nothing to subtract it from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

THRESHOLD = 10


@dataclass(frozen=True)
class Part:
    """Rows that share one fate. `reasons` holds several codes where small groups were joined; `rows` is None for 1-9."""

    reasons: tuple[str, ...]
    rows: int | None


@dataclass(frozen=True)
class Shown:
    """A total split into kept rows and parts. `exact` is False where `kept` is rounded to ten to protect a part."""

    total: int
    kept: int
    exact: bool
    parts: tuple[Part, ...]


def split(total: int, parts: Mapping[str, int], *, protect: bool = True) -> Shown:
    """`total` rows of which `parts` were lost, safe to print.

    Parts under ten are joined with each other and, where their sum is still under ten, with the next smallest part
    (complementary suppression), so that the printed parts still add up. Where all losses together are under ten they
    are printed as such and the kept rows are rounded to ten. `protect=False` prints public data as they are.
    """
    losses = sorted(((n, code) for code, n in parts.items() if n > 0), reverse=True)
    kept = total - sum(n for n, _ in losses)
    if not protect:
        return Shown(total, kept, True, tuple(Part((code,), n) for n, code in losses))
    small = [pair for pair in losses if pair[0] < THRESHOLD]
    large = [pair for pair in losses if pair[0] >= THRESHOLD]
    while small and large and sum(n for n, _ in small) < THRESHOLD:
        small.append(large.pop())
    groups = [Part((code,), n) for n, code in large]
    if small:
        joined = sum(n for n, _ in small)
        names = tuple(code for _, code in sorted(small, reverse=True))
        groups.append(Part(names, joined if joined >= THRESHOLD else None))
    exact = all(part.rows is not None for part in groups)
    return Shown(total, kept if exact else round(kept, -1), exact, tuple(groups))


def share_of(part: int, total: int) -> str:
    """A share in per cent to two decimals; in words where it would give away a count of one to nine."""
    if not total:
        return "–"
    return "<10" if 0 < part < THRESHOLD else f"{100 * part / total:.2f} %"


def counts(cells: Mapping[str, int], *, protect: bool = True) -> dict[str, int | None]:
    """Counts of categories that add up to a known total; None where a count is withheld.

    A count of 1-9 is withheld; where it is the only one, the smallest other count is withheld too.
    """
    if not protect:
        return dict(cells)
    hidden = {name for name, n in cells.items() if 0 < n < THRESHOLD}
    if len(hidden) == 1:
        others = sorted((n, name) for name, n in cells.items() if name not in hidden and n > 0)
        hidden |= {name for _, name in others[:1]}
    return {name: None if name in hidden else n for name, n in cells.items()}
