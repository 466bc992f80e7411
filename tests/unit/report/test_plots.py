"""Figures: ticks on round numbers, nothing outside the frame."""

import re

from hypothesis import given
from hypothesis import strategies as st

from keytech.report.plots import WIDTH, Point, coefficient_plot, event_plot, share_bar, ticks
from keytech.report.words import Text

NAME = Text("column", "列")
finite = st.floats(-1e4, 1e4, allow_nan=False)


def test_ticks_are_round_and_inside():
    """A failure means unreadable axes."""
    assert ticks(-0.021, 0.11) == [0.0, 0.05, 0.1]


@given(finite, st.floats(0, 1e4), st.one_of(st.none(), finite))
def test_every_mark_lies_in_the_frame(estimate, reach, published):
    """A failure means that a coefficient is drawn where nobody sees it."""
    point = Point(NAME, estimate, estimate - reach, estimate + reach, published, published, published)
    svg = str(coefficient_plot([point], "name"))
    places = [float(x) for x in re.findall(r'(?:cx="|d="M)(-?[\d.]+)', svg)]
    assert places and all(0 <= x <= WIDTH for x in places)


def test_an_infinite_interval_is_left_out():
    """A failure means that a whole-line confidence set breaks the figure."""
    svg = str(event_plot([(0, Point(NAME, 1.0, float("-inf"), float("inf")))], "name"))
    assert "inf" not in svg.replace("[−inf", "").split("<title>")[0] and "nan" not in svg.split("<title>")[0]


def test_bars_fill_their_width():
    """A failure means that shares of rows are drawn at a wrong length."""
    widths = [
        float(w)
        for w in re.findall(r'width="([\d.]+)"', str(share_bar([("kept", 0.75), ("filter", 0.25)], "x")))
    ]
    assert widths == [75.0, 25.0]
