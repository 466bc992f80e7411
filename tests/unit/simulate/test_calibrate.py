"""The helper that turns printed coefficients into estimands."""

from __future__ import annotations

import numpy as np
import pytest

from keytech.simulate import calibrate


@pytest.fixture
def crossed():
    rng = np.random.default_rng(1)
    groups = [rng.integers(0, 30, 600), rng.integers(0, 12, 600), rng.integers(0, 7, 600)]
    return rng.normal(size=(600, 3)), groups


def test_demeaned_equals_the_residual_on_dummies(crossed):
    """A failure means that every calibrated coefficient is an estimand of something else."""
    values, groups = crossed
    dummies = np.hstack([np.eye(g.max() + 1)[g] for g in groups])
    expected = values - dummies @ np.linalg.lstsq(dummies, values, rcond=None)[0]
    np.testing.assert_allclose(calibrate.demeaned(values, groups), expected, atol=1e-10)


def test_rows_of_least_squares_give_the_coefficients(crossed):
    """A failure means that estimates of an outcome are not a linear map of it."""
    x, groups = crossed
    y = x @ np.array([0.5, -1.0, 2.0]) + groups[0] * 0.3 + groups[1] - groups[2]
    np.testing.assert_allclose(calibrate.least_squares_rows(x, groups) @ y, [0.5, -1.0, 2.0], atol=1e-9)


def test_rows_of_instruments_give_the_just_identified_estimate(crossed):
    """A failure means that the 2SLS estimand is not what is planted."""
    x, groups = crossed
    z = x + np.random.default_rng(2).normal(size=x.shape)
    y = x @ np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(calibrate.instrument_rows(x, z, groups) @ y, [1.0, 2.0, 3.0], atol=1e-9)


def test_randomised_counts_have_the_index_as_mean_of_the_log():
    """A failure means that rounding to whole applications bends every coefficient."""
    index = np.repeat([0.0, 0.2, 0.9, 1.7, 3.1], 200_000)
    count = calibrate.randomised_count(index, np.random.default_rng(3).random(len(index)))
    means = np.log1p(count).reshape(5, -1).mean(axis=1)
    np.testing.assert_allclose(means, [0.0, 0.2, 0.9, 1.7, 3.1], atol=0.003)


def test_randomised_counts_rise_with_the_index_at_the_same_draw():
    """A failure means that a subset (lead, blockade) may outnumber the whole."""
    index = np.sort(np.random.default_rng(4).uniform(0, 3, 2_000))
    count = calibrate.randomised_count(index, np.full(2_000, 0.37))
    assert (np.diff(count) >= 0).all()


def test_singletons_are_dropped_until_none_is_left():
    """A failure means that the calibrated sample is not the estimated one."""
    firm, year = np.array([0, 0, 1, 1, 2]), np.array([5, 6, 5, 6, 7])
    assert calibrate.without_singletons([firm, year]).tolist() == [True, True, True, True, False]
    chain = [np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2])]
    assert not calibrate.without_singletons(chain).any()
