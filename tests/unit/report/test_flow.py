"""Rows from raw to panel: what is lost adds up, and few rows cannot be told from the figure."""

import re

import pytest

from keytech.report.facts import read_facts
from keytech.report.flow import Flow, flow_figure, flow_of, lost_in_words
from keytech.report.site import build_site
from tests.unit.report.conftest import ROOT

OPEN = Flow("pnl_a", 1000, 20, 30, 50, 400, 300, protect=False)


def _said(svg) -> list[str]:
    """Texts of the figure without those in Chinese."""
    return re.findall(r"<text(?![^>]*lang=\"zh\")[^>]*>([^<]*)</text>", svg)


def test_what_leaves_at_each_step_adds_up():
    """A failure means that rows vanish between two bars."""
    numbers = [t for t in _said(flow_figure(OPEN)) if re.match(r"[\d,]+$", t)]
    assert numbers == ["1,000", "980", "900", "400", "300"]
    assert "30 faulty, 50 of kinds not used" in _said(flow_figure(OPEN))
    assert "100 screened out" in _said(flow_figure(OPEN))


@pytest.mark.parametrize("lost", [1, 4, 9])
def test_few_lost_rows_cannot_be_told(lost):
    """A failure means that a count of one to nine can be read or subtracted."""
    flow = Flow("pnl_a", 1003, lost, 0, 0, 400 + lost, 400, protect=True)
    numbers = {t for t in _said(flow_figure(flow)) if re.search(r"\d", t)}
    assert numbers == {"≈ 1,000", "&lt;10 rejected", "≈ 400", "&lt;10 screened out"} | (
        {f"≈ {round(1003 - lost, -1):,}"} | {f"≈ {round(400 + lost, -1):,}"}
    )


def test_a_bar_is_as_long_as_its_share():
    """A failure means that the figure shows another loss than the number beside it."""
    widths = [float(w) for w in re.findall(r'class="b-kept"[^>]*width="([\d.]+)"', flow_figure(OPEN))]
    assert [round(w / widths[0], 2) for w in widths] == [1.0, 0.98, 0.9, 1.0, 0.75]


def test_the_sentence_tells_raw_lost_and_kept():
    """A failure means that the first page does not say how many rows are lost."""
    ((panel, said),) = lost_in_words([OPEN])
    assert panel == "pnl_a" and "1,000 raw rows, 50 (5.0 %) lost as faulty" in said.en
    assert "75.0 % of 400 candidate rows" in said.en and "75.0 %" in said.zh


def test_the_flow_of_a_panel_comes_from_the_row_accounting(release):
    """A failure means that the figure is drawn from other numbers than those proven by addition."""
    flow = flow_of(read_facts(release, ROOT), "pnl_talent_retention")
    assert (flow.raw, flow.rejected, flow.faulty, flow.unused, flow.rows) == (45, 2, 3, 0, 40)
    assert flow.protect and flow_of(read_facts(release, ROOT), "pnl_unknown") is None


def test_the_first_page_answers_the_three_questions(release, declared):
    """A failure means that someone new must search for the worst source, simulated tables or lost rows."""
    text = (build_site(release, declared, ROOT).parent / "index.html").read_text()
    short = text[text.index('id="short"') : text.index('id="attention"')]
    assert "Survey" in short and "sizes_do_not_jump" in short
    assert "All 1 tables" in short and "全部1项研究的全部1张表" in short
    assert "45 raw rows, &lt;10 lost as faulty" in short
