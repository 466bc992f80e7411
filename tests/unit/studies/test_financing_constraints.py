"""The FC index of pilot_spillover (methods 5.12), a dbt model in Python."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def index_of_year():
    path = ROOT / "models" / "intermediate" / "policy" / "int_firm_constraints.py"
    spec = importlib.util.spec_from_file_location("int_firm_constraints", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.index_of_year


def firms(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {"size": rng.normal(22, 1.2, n), "age": rng.integers(3, 30, n), "payout": rng.random(n)}
    )
    for name in ("lev", "dividends", "mb", "nwc", "ebit"):
        frame[name] = rng.random(n)
    return frame


def test_small_firms_are_more_constrained_than_large_ones(index_of_year):
    """A failure means that the groups of table H1a carry the wrong names."""
    frame = firms(600)
    fc = index_of_year(frame)
    assert fc.between(0, 1).all()
    assert fc[frame["size"] < 21].mean() > fc[frame["size"] > 23].mean() + 0.2


def test_a_year_of_too_few_firms_has_no_index(index_of_year):
    """A failure means that a logit without a solution stops the build or gives numbers."""
    assert index_of_year(firms(5)).isna().all()
