"""Figures as SVG text that follows the page: colours are CSS classes, words come in both languages, no script needed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup, escape

from keytech.report.words import Text, number

LEFT, WIDTH, ROW, TOP, LETTERS = 196, 600, 24, 14, 26
TINY = 1e-9


@dataclass(frozen=True)
class Point:
    """One estimate to draw: label, ours with its interval, the published value with its interval, the planted one."""

    label: Text
    estimate: float
    low: float
    high: float
    published: float | None = None
    published_low: float | None = None
    published_high: float | None = None
    planted: float | None = None


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers that cover the range, about `wanted` of them."""
    span = max(high - low, TINY)
    raw = span / wanted
    base = 10 ** math.floor(math.log10(raw))
    step = next(m * base for m in (1, 2, 2.5, 5, 10) if m * base >= raw)
    first = math.ceil(low / step)
    return [round(i * step, 12) for i in range(first, math.floor(high / step) + 1)]


def _span(points: list[Point]) -> tuple[float, float]:
    """The range that shows zero, every estimate and its interval; an interval six times the usual one is cut."""
    values = [0.0]
    for p in points:
        values += [v for v in (p.estimate, p.published, p.planted) if v is not None]
    pairs = [pair for p in points for pair in ((p.low, p.high), (p.published_low, p.published_high))]
    pairs = [(low, high) for low, high in pairs if _finite(low) and _finite(high)]
    reach = 6 * median(high - low for low, high in pairs) if pairs else 0.0
    inner = min(values), max(values)
    values += [min(max(v, inner[0] - reach), inner[1] + reach) for pair in pairs for v in pair]
    pad = max(0.04 * (max(values) - min(values)), TINY)
    return min(values) - pad, max(values) + pad


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def coefficient_plot(points: list[Point], name: str) -> Markup:
    """Estimates with their intervals, one line each: ours filled, published hollow, planted a bar."""
    low, high = _span(points)
    scale = (WIDTH - LEFT - 20) / (high - low)

    def x(value: float) -> float:
        return round(LEFT + (min(max(value, low), high) - low) * scale, 1)

    height = TOP + ROW * len(points) + 24
    parts = [_axis(ticks(low, high), x, height)]
    for i, p in enumerate(points):
        y = TOP + ROW * i + ROW // 2
        parts.append(_label(p.label, y + 4))
        if p.published is not None:
            if _finite(p.published_low):
                parts.append(_line(x(p.published_low), x(p.published_high), y + 5, "s-pub"))
            parts.append(_diamond(x(p.published), y + 5))
        if _finite(p.low):
            parts.append(_line(x(p.low), x(p.high), y - 3, "s-ours"))
        said = f"{p.label.en}: {number(p.estimate)} [{number(p.low)}, {number(p.high)}]"
        parts.append(
            f'<circle class="f-ours" cx="{x(p.estimate)}" cy="{y - 3}" r="4"><title>{escape(said)}</title></circle>'
        )
        if p.planted is not None:
            parts.append(f'<path class="s-plant" d="M{x(p.planted)} {y - 10}v14"/>')
    return _svg(WIDTH, height, name, parts)


def event_plot(points: list[tuple[int, Point]], name: str) -> Markup:
    """Estimates over event time with their intervals and a line at zero."""
    low, high = _span([p for _, p in points])
    times = [t for t, _ in points]
    height, bottom = 260, 226
    step = (WIDTH - 90) / max(1, max(times) - min(times))

    def y(value: float) -> float:
        return round(14 + (high - min(max(value, low), high)) / (high - low) * (bottom - 14), 1)

    def x(time: int) -> float:
        return round(66 + (time - min(times)) * step, 1)

    parts = []
    for tick in ticks(low, high):
        kind = "zero" if tick == 0 else "grid"
        parts.append(f'<path class="{kind}" d="M54 {y(tick)}H{WIDTH - 8}"/>')
        parts.append(f'<text class="tick" x="48" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    for time, p in points:
        if _finite(p.low):
            parts.append(f'<path class="s-ours" d="M{x(time)} {y(p.low)}V{y(p.high)}"/>')
        said = f"{time}: {number(p.estimate)} [{number(p.low)}, {number(p.high)}]"
        parts.append(
            f'<circle class="f-ours" cx="{x(time)}" cy="{y(p.estimate)}" r="4"><title>{escape(said)}</title></circle>'
        )
        if p.planted is not None:
            parts.append(f'<path class="s-plant" d="M{x(time) - 7} {y(p.planted)}h14"/>')
        parts.append(f'<text class="tick" x="{x(time)}" y="{height - 12}" text-anchor="middle">{time}</text>')
    return _svg(WIDTH, height, name, parts)


def share_bar(shares: list[tuple[str, float]], name: str) -> Markup:
    """One bar cut into shares that add to one; each part carries the class `b-<kind>`."""
    at, parts = 0.0, []
    for kind, share in shares:
        width = 100 * share
        if width > 0:
            parts.append(
                f'<rect class="b-{kind}" x="{at:.3f}" y="0" width="{max(width, 0.4):.3f}" height="8"/>'
            )
        at += width
    body = "".join(parts)
    return Markup(
        f'<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{escape(name)}">{body}</svg>'
    )


def _axis(marks: list[float], x, height: int) -> str:
    lines = []
    for mark in marks:
        kind = "zero" if mark == 0 else "grid"
        lines.append(f'<path class="{kind}" d="M{x(mark)} {TOP - 6}V{height - 22}"/>')
        lines.append(
            f'<text class="tick" x="{x(mark)}" y="{height - 6}" text-anchor="middle">{mark:g}</text>'
        )
    return "".join(lines)


def _label(label: Text, y: float) -> str:
    """The name of a line, in both languages, cut where it would not fit; Chinese characters are twice as wide."""
    cut = Text(_cut(label.en, LETTERS), _cut(label.zh, LETTERS // 2 + 2))
    head = f'<text class="lab" x="{LEFT - 12}" y="{y}" text-anchor="end"'
    if cut.en == cut.zh:
        return f"{head}>{escape(cut.en)}</text>"
    return f'{head} lang="en">{escape(cut.en)}</text>{head} lang="zh">{escape(cut.zh)}</text>'


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _line(start: float, end: float, y: float, kind: str) -> str:
    return f'<path class="{kind}" d="M{start} {y}H{end}"/>'


def _diamond(x: float, y: float) -> str:
    return f'<path class="f-pub" d="M{x} {y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z"/>'


def _svg(width: int, height: int, name: str, parts: list[str]) -> Markup:
    body = "".join(parts)
    return Markup(
        f'<svg class="plot" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(name)}">{body}</svg>'
    )
