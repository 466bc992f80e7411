"""Specification curves and re-drawn statistics: every choice legible, our estimate where it stands."""

import re

import pytest

from keytech.report.charts import draws_chart
from keytech.report.curves import choices_of, curve_plot
from keytech.report.plots import Point
from keytech.report.site import build_site
from keytech.report.studies import p_of_draws
from keytech.report.words import Text
from tests.unit.report.conftest import ROOT


def _point(estimate: float) -> Point:
    return Point(Text("x", "x"), estimate, estimate - 1, estimate + 1)


def test_choices_are_read_from_the_name_of_the_term():
    """A failure means that the rows below a curve stand for nothing."""
    assert choices_of("a:b [2SLS, by subclass]") == ("2SLS", "by subclass")
    assert choices_of("a:b") == ()


def test_each_specification_is_marked_under_the_choices_it_takes():
    """A failure means that a reader sees an estimate beside the choices of another."""
    found = curve_plot([(_point(2.0), ("2SLS", "robust")), (_point(1.0), ("OLS", "robust"))], "curve")
    assert re.findall(r">(2SLS|OLS|robust|异方差稳健)</text>", found) == ["2SLS", "OLS"]
    left, right = (float(x) for x in re.findall(r'<circle[^>]*cx="([\d.]+)"', found))
    marks = [
        float(x) + float(w) / 2 for x, w in re.findall(r'<rect[^>]*x="([\d.]+)"[^>]*width="([\d.]+)"', found)
    ]
    assert left < right and marks == [pytest.approx(right, abs=0.2), pytest.approx(left, abs=0.2)]


def test_every_draw_is_in_the_histogram_and_ours_is_marked():
    """A failure means that the distribution is cut, or the line stands elsewhere."""
    found = draws_chart([0.0] * 10 + [1.0] * 5, 2.0, "draws")
    heights = [float(h) for h in re.findall(r'class="b-filter"[^>]*height="([\d.]+)"', found)]
    assert heights == [130.0, 65.0]
    line = float(re.search(r'class="s-ours" d="M([\d.]+)', found)[1])
    bars = [float(x) for x in re.findall(r'class="b-filter" x="([\d.]+)"', found)]
    assert bars[0] == 20.0 and line == 580.0 and bars[1] == pytest.approx(300, abs=5)


@pytest.mark.parametrize(
    ("p", "draws", "said"),
    [(0.0, 999, "p < 0.001"), (0.0301, 999, "p = 0.030"), (0.0001, 9999, "p = 0.0001")],
)
def test_no_p_value_of_draws_is_zero(p, draws, said):
    """A failure means that a finite number of draws is said to exclude an effect altogether."""
    assert p_of_draws(p, draws) == said


def test_the_draws_of_a_column_are_on_its_page(release, declared):
    """A failure means that a bootstrap is run and its distribution not shown."""
    text = (build_site(release, declared, ROOT).parent / "study-talent_retention.html").read_text()
    assert "t without an effect, wild bootstrap, 99 draws · p &lt; 0.01" in text
    assert "原假设下的t值，野自助法，99次抽样" in text
