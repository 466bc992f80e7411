"""Numbers and messages as the site prints them."""

import pytest

from keytech.report.words import both, first_words, message, number, percent, printed, reason


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0498, "0.0498"), (-0.2136, "−0.2136"), (0.000504, "5.04e-04"), (-0.0005, "−5.00e-04"), (None, ""),
     (23778.4, "23,778.4000")],
)  # fmt: skip
def test_numbers_keep_their_digits_and_a_true_minus(value, said):
    """A failure means that a small coefficient is shown as zero or a sign is lost."""
    assert number(value) == said


@pytest.mark.parametrize(("value", "said"), [(0.0009, "0.0009"), (0.033, "0.0330"), (-0.00015, "−0.00015")])
def test_published_numbers_look_as_in_print(value, said):
    """A failure means that readers do not find the published number in the paper."""
    assert printed(value) == said


@pytest.mark.parametrize(
    ("share", "said"), [(0.0001, "<0.1 %"), (0.99999, ">99.9 %"), (0.5, "50.0 %"), (1.0, "100.0 %")]
)
def test_nearly_all_is_not_all(share, said):
    """A failure means that a tiny loss reads as none."""
    assert percent(share) == said


def test_texts_in_both_languages_are_escaped():
    """A failure means that a label could inject markup."""
    assert both("a < b", "甲<乙") == '<span lang="en">a &lt; b</span><span lang="zh">甲&lt;乙</span>'


def test_known_messages_of_estimators_have_chinese():
    """A failure means that Chinese pages fall back to English."""
    assert message("the sample is empty: no row satisfies x = 0").zh == "样本为空：没有满足 x = 0 的行"
    assert message("something else").zh == "something else"


def test_reasons_without_an_entry_are_still_readable():
    """A failure means that a new drop reason breaks the page."""
    assert reason("brand_new_reason").en == "brand new reason"
    assert reason("not a number (double)").zh == "非数值（double）"


def test_first_words_stop_before_asides():
    """A failure means that table rows carry whole paragraphs."""
    assert first_words("Log of assets (yuan); winsorised at 1 %.") == "Log of assets"
    assert first_words("ln(total assets + 1); winsorised") == "ln(total assets + 1)"
