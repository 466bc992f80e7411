"""Iterations that run thousands of times: effects factored once, fixed points reached faster."""

import numpy as np
import pytest

from keytech.econometrics.absorber import Absorber
from keytech.econometrics.acceleration import Anderson
from keytech.econometrics.pyfixest_bridge import demean


@pytest.mark.parametrize("effects", [["firm"], ["firm", "year"], ["firm", "industry", "year", "cell"]])
def test_factored_effects_leave_what_demeaning_leaves(panel, effects):
    """Failure: residuals on collinear effects of several columns are not those of the ordinary demeaning."""
    data = panel.assign(cell=panel.industry * 100 + panel.year)
    codes = np.column_stack([np.unique(data[name], return_inverse=True)[1] for name in effects]).astype(
        np.uint32
    )
    expected = demean(data[["y"]].to_numpy(), codes)[:, 0]
    np.testing.assert_allclose(Absorber(codes).residual(data["y"].to_numpy(float)), expected, atol=1e-9)


def test_no_effects_leave_a_variable_as_it_is():
    """Failure: a variable without effects is centred."""
    values = np.array([1.0, 2.0])
    assert Absorber(np.empty((2, 0), np.uint32)).residual(values).tolist() == [1.0, 2.0]


def test_a_linear_fixed_point_is_reached_in_a_few_steps():
    """Failure: a contraction by 0.99 a step, which needs two thousand plain steps, is not solved in as many as it has dimensions."""
    rate = np.array([0.99, 0.95, 0.5])
    solution, point, step = np.array([1.0, -2.0, 3.0]), np.zeros(3), Anderson()
    for _ in range(6):
        point = step.next(point, solution + rate * (point - solution), restart=False)
    np.testing.assert_allclose(point, solution, atol=1e-8)


def test_a_restart_forgets_the_past():
    """Failure: after a step that went wrong the old combination is used again."""
    step = Anderson()
    step.next(np.zeros(1), np.ones(1), restart=False)
    assert step.next(np.ones(1), np.array([1.5]), restart=True).tolist() == [1.5]
