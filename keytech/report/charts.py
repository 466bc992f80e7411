"""Descriptive charts as SVG text in the style of `plots`: bars, lines and points of a few aggregated numbers."""

from __future__ import annotations

import math

from markupsafe import Markup, escape

from keytech.report.plots import LEFT, ROW, TINY, TOP, WIDTH, _label, _svg, ticks
from keytech.report.words import Text

BOTTOM, HEIGHT = 214, 250
BARS, DRAWN = 60, 180
CLASSES = ("ours", "pub")


def bar_chart(bars: list[tuple[Text, float | None]], name: str) -> Markup:
    """One line per category, longest first as given; a withheld value (None) is a dot."""
    most = max([value for _, value in bars if value is not None], default=0.0) or 1.0
    height = TOP + ROW * len(bars) + 10
    parts = []
    for i, (label, value) in enumerate(bars):
        y = TOP + ROW * i + ROW // 2
        parts.append(_label(label, y + 4))
        if value is None:
            parts.append(f'<text class="tick" x="{LEFT}" y="{y + 4}">·</text>')
            continue
        width = round((WIDTH - LEFT - 70) * value / most, 1)
        parts.append(f'<rect class="f-ours" x="{LEFT}" y="{y - 6}" width="{width}" height="12" rx="2"/>')
        parts.append(f'<text class="tick" x="{LEFT + width + 6}" y="{y + 4}">{_short(value)}</text>')
    return _svg(WIDTH, height, name, parts)


def line_chart(series: list[tuple[Text, list[tuple[int, float]]]], name: str) -> Markup:
    """Up to two series over years, from zero; the name stands at the end of its line."""
    points = [point for _, line in series for point in line]
    first, last = min(x for x, _ in points), max(x for x, _ in points)
    most = max(max(y for _, y in points), TINY)
    step = (WIDTH - 150) / max(1, last - first)

    def place(x: int, y: float) -> tuple[float, float]:
        return round(62 + (x - first) * step, 1), round(BOTTOM - (BOTTOM - TOP) * y / most, 1)

    parts = _scale(most)
    for year in range(first, last + 1, 1 if last - first < 8 else 2):
        parts.append(
            f'<text class="tick" x="{place(year, 0)[0]}" y="{HEIGHT - 14}" text-anchor="middle">{year}</text>'
        )
    for kind, (label, line) in zip(CLASSES, series, strict=False):
        ends = [place(x, y) for x, y in sorted(line)]
        parts.append(f'<path class="s-{kind}" fill="none" d="M{" L".join(f"{x} {y}" for x, y in ends)}"/>')
        for (x, y), (year, value) in zip(ends, sorted(line), strict=True):
            said = f"{label.en} {year}: {_short(value)}"
            parts.append(
                f'<circle class="f-{kind}" cx="{x}" cy="{y}" r="3"><title>{escape(said)}</title></circle>'
            )
        parts.append(_name(label, ends[-1]))
    return _svg(WIDTH, HEIGHT, name, parts)


def point_chart(points: list[tuple[Text, float, float]], axes: tuple[Text, Text], name: str) -> Markup:
    """A scatter of (label, x, y), both axes from zero."""
    right, most = (max([p[i] for p in points], default=0.0) or 1.0 for i in (1, 2))
    parts = _scale(most)
    for mark in ticks(0, right):
        x = round(62 + (WIDTH - 110) * mark / right, 1)
        parts.append(
            f'<text class="tick" x="{x}" y="{HEIGHT - 22}" text-anchor="middle">{_short(mark)}</text>'
        )
    for label, x, y in points:
        cx, cy = round(62 + (WIDTH - 110) * x / right, 1), round(BOTTOM - (BOTTOM - TOP) * y / most, 1)
        said = f"{label.en} {label.zh}: {_short(x)}, {_short(y)}"
        parts.append(
            f'<circle class="f-ours" cx="{cx}" cy="{cy}" r="4"><title>{escape(said)}</title></circle>'
        )
    words = (f"{axes[1].en} / {axes[0].en}", f"{axes[1].zh} / {axes[0].zh}")
    for lang, said in zip(("en", "zh"), words, strict=True):
        parts.append(
            f'<text class="tick" lang="{lang}" x="{WIDTH - 8}" y="{HEIGHT - 6}" text-anchor="end">{escape(said)}</text>'
        )
    return _svg(WIDTH, HEIGHT, name, parts)


def draws_chart(values: list[float], ours: float, name: str) -> Markup:
    """A histogram of re-drawn statistics with a line at ours; draws beyond the outermost 0.1 % stand in the last bar."""
    ordered = sorted(values)
    cut = len(ordered) // 1000
    low, high = min(ordered[cut], ours), max(ordered[-1 - cut], ours)
    width = max((high - low) / BARS, TINY)
    tally = [0] * BARS
    for value in ordered:
        tally[min(BARS - 1, max(0, math.floor((value - low) / width)))] += 1
    step, bottom = (WIDTH - 40) / BARS, DRAWN - 26

    def x(value: float) -> float:
        return round(20 + (value - low) / width * step, 1)

    parts = [
        f'<rect class="b-filter" x="{20 + i * step:.1f}" y="{bottom - 130 * n / max(tally):.1f}" width="{step - 1:.1f}" height="{130 * n / max(tally):.1f}"/>'
        for i, n in enumerate(tally)
        if n
    ]
    parts.append(f'<path class="zero" d="M20 {bottom}H{WIDTH - 20}"/>')
    parts += [
        f'<text class="tick" x="{x(mark)}" y="{DRAWN - 8}" text-anchor="middle">{mark:g}</text>'
        for mark in ticks(low, high)
    ]
    end = "end" if x(ours) > WIDTH / 2 else "start"
    parts.append(f'<path class="s-ours" d="M{x(ours)} 16V{bottom}"/>')
    parts.append(
        f'<text x="{x(ours) + (-6 if end == "end" else 6)}" y="14" text-anchor="{end}">{_short(ours)}</text>'
    )
    return _svg(WIDTH, DRAWN, name, parts)


def _scale(most: float) -> list[str]:
    """Horizontal grid from zero to `most`."""
    parts = []
    for mark in ticks(0, most):
        y = round(BOTTOM - (BOTTOM - TOP) * mark / most, 1)
        parts.append(f'<path class="{"zero" if mark == 0 else "grid"}" d="M56 {y}H{WIDTH - 8}"/>')
        parts.append(f'<text class="tick" x="50" y="{y + 4}" text-anchor="end">{_short(mark)}</text>')
    return parts


def _name(label: Text, end: tuple[float, float]) -> str:
    x, y = end
    return "".join(
        f'<text class="tick" lang="{lang}" x="{x + 7}" y="{y + 4}">{escape(said)}</text>'
        for lang, said in (("en", label.en), ("zh", label.zh))
    )


def _short(value: float) -> str:
    """A number in few letters: whole from a hundred, else three digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
