"""The sample predicate is an expression over the data and nothing else."""

import pandas as pd
import pytest

from keytech.econometrics import EstimationError
from keytech.econometrics.predicate import rows_in_sample

FRAME = pd.DataFrame({"year": [2001, 2002, 2003], "x": [1.0, None, 3.0], "省": ["a", "b", "c"]})


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("year >= 2002", [False, True, True]),
        ("x > 0", [True, False, True]),
        ("省 in ('a', 'c') and year between 2001 and 2002", [True, False, False]),
        ("lower(省) like 'b%'", [False, True, False]),
    ],
)
def test_a_predicate_selects_rows_and_null_is_false(predicate, expected):
    """Failure: the wrong rows are estimated."""
    assert rows_in_sample(predicate, FRAME).tolist() == expected


@pytest.mark.parametrize(
    "predicate",
    [
        "year = (select 1)",
        "exists(from read_csv('secret.csv'))",
        "1=1); drop table data; --",
        "read_text('secret') is not null",
        "random() > 0.5",
        "current_setting('threads') > 1",
        "x > avg(x)",
        "row_number() over () = 1",
        "nosuch > 1",
        "year >",
    ],
)
def test_a_predicate_cannot_reach_beyond_the_row(predicate):
    """Failure: a specification can read files, write, or depend on chance."""
    with pytest.raises(EstimationError):
        rows_in_sample(predicate, FRAME)
