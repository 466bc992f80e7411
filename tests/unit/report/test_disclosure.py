"""Counts under ten stay hidden, also from subtraction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keytech.report.disclosure import counts, share_of, split


def test_a_small_part_is_joined_with_the_next_smallest():
    """A failure means that a count under ten can be read, or found by subtraction."""
    shown = split(1000, {"duplicate": 99, "date": 15, "type": 4})
    assert [(p.reasons, p.rows) for p in shown.parts] == [(("duplicate",), 99), (("date", "type"), 19)]
    assert (shown.kept, shown.exact) == (882, True)


def test_a_single_small_loss_hides_itself_and_rounds_the_rest():
    """A failure means that the hidden count is the difference of two printed ones."""
    shown = split(1003, {"type": 4})
    assert shown.parts[0].rows is None
    assert (shown.kept, shown.exact) == (1000, False)


def test_public_data_are_printed_as_they_are():
    """A failure means that public sources lose detail for nothing."""
    assert [p.rows for p in split(20, {"a": 3, "b": 2}, protect=False).parts] == [3, 2]


@given(st.integers(0, 500), st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 60)))
def test_printed_parts_add_up_and_none_is_small(kept, lost):
    """A failure means that row accounting on the site does not add up or shows a small count."""
    total = kept + sum(lost.values())
    shown = split(total, lost)
    assert all(p.rows is None or p.rows >= 10 for p in shown.parts)
    if shown.exact:
        assert shown.kept + sum(p.rows for p in shown.parts) == total
    assert sorted(c for p in shown.parts for c in p.reasons) == sorted(c for c, n in lost.items() if n)


@given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 60), min_size=1))
def test_no_single_cell_of_a_table_with_known_total_is_hidden(cells):
    """A failure means that a hidden cell is the total less the others, while there was another to hide."""
    shown = counts(cells)
    hidden = [k for k, n in shown.items() if n is None]
    assert all(n is None or n == 0 or n >= 10 for n in shown.values())
    assert len(hidden) != 1 or sum(n > 0 for n in cells.values()) == 1


@pytest.mark.parametrize(("part", "said"), [(0, "0.00 %"), (9, "<10"), (10, "0.01 %")])
def test_shares_do_not_give_away_small_counts(part, said):
    """A failure means that a share times the total is a count under ten."""
    assert share_of(part, 100_000) == said
