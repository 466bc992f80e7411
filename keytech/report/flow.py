"""Where the rows of a study go: raw, landed, fit for use; candidates, in the panel; one figure per panel."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from keytech.report.disclosure import THRESHOLD
from keytech.report.facts import Facts
from keytech.report.plots import LEFT, WIDTH, _label, _svg
from keytech.report.words import FILTERS, Text, percent

STEP, BAR, LONGEST = 44, 14, 210
# From so many rows a share to a tenth of a per cent stands for a hundred rows or more and gives no count away.
COARSE = 100_000


@dataclass(frozen=True)
class Flow:
    """Rows on the way to a panel. Raw rows of all source tables it rests on, and the candidate rows made from them.

    `rejected` did not land, `faulty` are dropped for a fault of the delivery, `unused` are of a kind that is not used,
    `screened` leave the sample by a rule of the paper. `candidates` is None for panels without a screen of their own.
    """

    panel: str
    raw: int
    rejected: int
    faulty: int
    unused: int
    candidates: int | None
    rows: int
    protect: bool

    @property
    def lost(self) -> int:
        return self.rejected + self.faulty


def flow_of(facts: Facts, panel: str) -> Flow | None:
    """The flow of a panel, None where the release does not hold it."""
    node = facts.catalog.nodes.get(panel)
    if node is None or node.rows is None:
        return None
    names = set(facts.catalog.sources_of(panel))
    above = [a for a in facts.accounts if f"{a.source}.{a.table}" in names]
    unused = sum(n for a in above for code, n in a.dropped.items() if code in FILTERS)
    rejected = sum(sum(a.rejected.values()) for a in above)
    shown, _ = facts.samples.get(panel, (None, False))
    return Flow(
        panel, sum(a.raw for a in above), rejected, sum(a.defects for a in above) - rejected, unused,
        shown.total if shown else None, node.rows, facts.catalog.privacy_of(panel) != "public",
    )  # fmt: skip


def flow_figure(flow: Flow) -> Markup:
    """Bars that shorten from step to step, with what leaves at each; protected counts are rounded to ten."""
    landed = flow.raw - flow.rejected
    steps = [
        (Text("raw rows", "原始行"), flow.raw, flow.raw, []),
        (Text("landed", "入库"), landed, flow.raw, [(flow.rejected, "defect", Text("rejected", "拒收"))]),
        (Text("fit for use", "可用"), landed - flow.faulty - flow.unused, flow.raw,
         [(flow.faulty, "defect", Text("faulty", "问题行")), (flow.unused, "filter", Text("of kinds not used", "不使用的行类"))]),
    ]  # fmt: skip
    if flow.candidates is not None:
        out = Text("screened out", "筛除")
        steps += [
            (Text("candidate rows", "候选行"), flow.candidates, flow.candidates, []),
            (Text("in the panel", "进入面板"), flow.rows, flow.candidates, [(flow.candidates - flow.rows, "filter", out)]),
        ]  # fmt: skip
    else:
        steps.append((Text("rows of the panel", "面板行"), flow.rows, flow.rows, []))
    parts: list[str] = []
    before = 0.0
    for i, (name, rows, whole, losses) in enumerate(steps):
        y, width = 8 + STEP * i, round(LONGEST * rows / whole, 1) if whole else 0.0
        if losses:
            top = y - STEP + BAR
            parts.append(f'<path class="flow" d="M{LEFT} {top}H{LEFT + before}L{LEFT + width} {y}H{LEFT}z"/>')
        parts.append(_label(name, y + 11))
        parts.append(f'<rect class="b-kept" x="{LEFT}" y="{y}" width="{max(width, 0.5)}" height="{BAR}"/>')
        parts.append(
            f'<text x="{LEFT + LONGEST + 10}" y="{y + 11}">{_about(rows, protect=flow.protect)}</text>'
        )
        parts += _losses(losses, rows, whole, y, protect=flow.protect)
        before = width
    return _svg(WIDTH, STEP * len(steps) - STEP + BAR + 34, f"rows on their way to {flow.panel}", parts)


def _losses(
    losses: list[tuple[int, str, Text]], rows: int, whole: int, y: int, *, protect: bool
) -> list[str]:
    """What left before this step: the lost stretch of the bar by kind, and in both languages below the number."""
    left = [(n, kind, said) for n, kind, said in losses if n > 0]
    at, parts = LEFT + LONGEST * rows / whole, []
    for n, kind, _ in left:
        width = max(LONGEST * n / whole, 1)
        parts.append(f'<rect class="b-{kind}" x="{at:.1f}" y="{y}" width="{width:.1f}" height="{BAR}"/>')
        at += width
    for lang in ("en", "zh") if left else ():
        said = ", ".join(f"{_about(n, protect=protect)} {getattr(t, lang)}" for n, _, t in left)
        x = LEFT + LONGEST + 10
        parts.append(f'<text class="tick" lang="{lang}" x="{x}" y="{y + 25}">{escape(said)}</text>')
    return parts


def _about(n: int, *, protect: bool) -> str:
    """A count; to the next ten where single rows must not be told, and never as one to nine."""
    if not protect:
        return f"{n:,}"
    return "<10" if 0 < n < THRESHOLD else f"≈ {round(n, -1):,}"


def lost_in_words(flows: list[Flow]) -> list[tuple[str, Text]]:
    """One sentence per panel: raw rows that are lost and why, and how many candidate rows stay."""
    found = []
    for f in flows:
        lost = _about(f.lost, protect=f.protect)
        coarse = f.raw and (not f.protect or f.raw >= COARSE)
        share = f" ({percent(f.lost / f.raw)})" if coarse else ""
        en, zh = (
            f"{f.raw:,} raw rows, {lost}{share} lost as faulty",
            f"原始行{f.raw:,}，因问题损失{lost}{share}",
        )
        if f.unused:
            unused = _about(f.unused, protect=f.protect)
            en, zh = f"{en}, {unused} of kinds not used", f"{zh}，不使用的行类{unused}"
        if f.candidates:
            kept = percent(f.rows / f.candidates)
            en = f"{en}; {kept} of {f.candidates:,} candidate rows are in the panel"
            zh = f"{zh}；候选行{f.candidates:,}，其中{kept}进入面板"
        found.append((f.panel, Text(en, zh)))
    return found
