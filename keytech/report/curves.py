"""Specification curves: estimates from the smallest to the largest, and below each the choices that it stands for."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from keytech.report.plots import LEFT, WIDTH, Point, _finite, _label, _span, _svg, ticks
from keytech.report.words import choice, number

HIGH, LINE = 170, 17


def choices_of(term: str) -> tuple[str, ...]:
    """The choices that a term names: `x [2SLS, by subclass]` stands for `("2SLS", "by subclass")`."""
    found = re.search(r"\[(.*)\]$", term)
    return tuple(found[1].split(", ")) if found else ()


def curve_plot(points: list[tuple[Point, tuple[str, ...]]], name: str) -> Markup:
    """A dot per specification with its interval; below, a row per value of each choice that varies, marked where it holds."""
    ordered = sorted(points, key=lambda pair: (pair[0].estimate, pair[0].label.en))
    low, high = _span([p for p, _ in ordered])
    step = (WIDTH - LEFT - 12) / max(1, len(ordered))
    places = [round(LEFT + (i + 0.5) * step, 1) for i in range(len(ordered))]

    def y(value: float) -> float:
        return round(10 + (high - min(max(value, low), high)) / (high - low) * (HIGH - 20), 1)

    parts = []
    for tick in ticks(low, high):
        parts.append(f'<path class="{"zero" if tick == 0 else "grid"}" d="M{LEFT} {y(tick)}H{WIDTH - 8}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 8}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    for x, (p, _) in zip(places, ordered, strict=True):
        if _finite(p.low) and _finite(p.high):
            parts.append(f'<path class="s-ours" d="M{x} {y(p.low)}V{y(p.high)}"/>')
        said = f"{p.label.en}: {number(p.estimate)} [{number(p.low)}, {number(p.high)}]"
        parts.append(
            f'<circle class="f-ours" cx="{x}" cy="{y(p.estimate)}" r="2.5"><title>{escape(said)}</title></circle>'
        )
    rows = _choices([chosen for _, chosen in ordered], places, min(step - 1, 8))
    return _svg(WIDTH, HIGH + LINE * len(rows) + 14, name, parts + [part for row in rows for part in row])


def _choices(chosen: list[tuple[str, ...]], places: list[float], width: float) -> list[list[str]]:
    """One row per value of the choices that vary: its name, and a mark under each specification that takes it."""
    found: list[list[str]] = []
    at = HIGH + 10.0
    for values in zip(*chosen, strict=True) if len(set(map(len, chosen))) == 1 else ():
        for i, value in enumerate(sorted(set(values)) if len(set(values)) > 1 else ()):
            row = [_label(choice(value), at + 4)]
            if not i:
                row.append(f'<path class="grid" d="M{LEFT} {at - LINE / 2}H{WIDTH - 8}"/>')
            row += [
                f'<rect class="f-ours" x="{x - width / 2:.1f}" y="{at - 4}" width="{width:.1f}" height="8"/>'
                for x, taken in zip(places, values, strict=True)
                if taken == value
            ]
            found.append(row)
            at += LINE
    return found
