"""Slopes by dummies of the smaller effects: the fast path of re-drawn groups."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import dense_effects
from keytech.econometrics.sample import design_of, filtered
from keytech.econometrics.specification import Specification


@pytest.fixture(scope="module")
def design():
    rng = np.random.default_rng(11)
    n = 1500
    frame = pd.DataFrame({
        "firm": rng.integers(0, 250, n), "cell": rng.integers(0, 40, n), "place": rng.integers(0, 25, n),
        "a": rng.normal(size=n), "b": 1e9 * rng.normal(size=n),
    })  # fmt: skip
    frame["y"] = frame["a"] + frame["firm"] / 50 + rng.normal(size=n)
    specification = Specification(estimator="ols", formula="y ~ a + b | firm + cell + place")
    kept, counts = filtered(specification, frame)
    return design_of(specification, kept, counts, specification.parsed)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_fast_path_gives_the_slopes_of_ordinary_demeaning(design, weighted, monkeypatch):
    """A failure means that p-values of group differences rest on other coefficients than the tables print."""
    if weighted:
        design = replace(design, weights=np.random.default_rng(6).uniform(0.2, 3, design.n))
    rows = np.random.default_rng(5).random(design.n) < 0.5
    fast = dense_effects.coefficients_of_rows(design, rows)
    monkeypatch.setattr(dense_effects, "_DENSE_UP_TO", 0)
    np.testing.assert_allclose(fast, dense_effects.coefficients_of_rows(design, rows), rtol=1e-8)


def test_a_disconnected_sample_has_slopes_too(design, monkeypatch):
    """A failure means that draws which fall into unconnected blocks of effects stop a table or move its p-value."""
    rows = (design.codes[:, 0] < 125) == (design.codes[:, 1] < 20)
    fast = dense_effects.coefficients_of_rows(design, rows)
    monkeypatch.setattr(dense_effects, "_DENSE_UP_TO", 0)
    np.testing.assert_allclose(fast, dense_effects.coefficients_of_rows(design, rows), rtol=1e-8)
