"""Intervals and strength with two endogenous terms: identities, and a grid where there is no closed form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from keytech.econometrics import estimate


def iv(data, formula, **rest):
    return estimate({"estimator": "iv", "formula": formula, **rest}, data)


def test_the_effective_f_of_two_terms_with_iid_errors_is_that_of_cragg_and_donald(panel):
    """A failure means that the least eigenvalue of Lewis and Mertens is not the one that iid errors reduce it to."""
    found = iv(panel, "y ~ w | firm + year | x1 + x2 ~ z1 + z2 + z3", vcov="iid").statistics
    assert found["effective_f"] == pytest.approx(found["cragg_donald_f"], rel=1e-9)


def test_the_effective_f_does_not_depend_on_how_instruments_are_written(panel):
    """A failure means that the statistic depends on the scale or the mixture of the instruments."""
    mixed = panel.assign(a=panel.z1 + 3 * panel.z2, b=7 * panel.z2)
    plain = iv(panel, "y ~ w | firm | x1 + x2 ~ z1 + z2", vcov="hetero").statistics["effective_f"]
    other = iv(mixed, "y ~ w | firm | x1 + x2 ~ a + b", vcov="hetero").statistics["effective_f"]
    # the trace of the noise is taken in units of the instruments' own gram matrix, so only rounding may differ
    assert other == pytest.approx(plain, rel=1e-8)


def statistic(data: pd.DataFrame, b1: float, b2: float) -> float:
    """Robust Wald statistic of z1 and z2 in the regression of y - b1 x1 - b2 x2 on them and a constant, n-scaled."""
    y = (data.y - b1 * data.x1 - b2 * data.x2).to_numpy()
    z = data[["z1", "z2"]].to_numpy()
    y, z = y - y.mean(), z - z.mean(axis=0)
    pi, *_ = np.linalg.lstsq(z, y, rcond=None)
    scores = z * (y - z @ pi)[:, None]
    bread = np.linalg.inv(z.T @ z)
    return float(pi @ np.linalg.solve(bread @ (scores.T @ scores) @ bread, pi))


@pytest.mark.parametrize("term", ["x1", "x2"])
def test_a_projected_end_is_where_the_least_statistic_over_the_other_term_meets_the_critical_value(
    panel, term
):
    """A failure means that an end lies inside or outside the projection of the joint Anderson-Rubin set."""
    data = panel.head(400)
    fit = iv(data, "y ~ 1 | x1 + x2 ~ z1 + z2", vcov="hetero")
    left = len(data) - 2 - 1
    critical = stats.f.ppf(0.95, 2, left) * 2 * len(data) / left
    other = fit["x2" if term == "x1" else "x1"]
    grid = other["estimate"] + other["std_error"] * np.linspace(-8, 8, 1601)
    for side in ("low", "high"):
        end = fit.statistics[f"anderson_rubin_ci_{side}.{term}"]
        pairs = ([end, b] if term == "x1" else [b, end] for b in grid)
        least = min(statistic(data, *pair) for pair in pairs)
        assert least == pytest.approx(critical, rel=2e-4)
    width = fit.statistics[f"anderson_rubin_ci_high.{term}"] - fit.statistics[f"anderson_rubin_ci_low.{term}"]
    assert width > 2 * 1.96 * fit[term]["std_error"]


def test_the_projection_is_unbounded_where_the_terms_are_not_identified(panel):
    """A failure means that an interval has ends although the instruments say nothing of the terms."""
    rng = np.random.default_rng(0)
    data = panel.assign(noise1=rng.normal(size=len(panel)), noise2=rng.normal(size=len(panel)))
    found = iv(data, "y ~ 1 | x1 + x2 ~ noise1 + noise2", vcov="hetero").statistics
    assert np.isinf([found["anderson_rubin_ci_low.x1"], found["anderson_rubin_ci_high.x1"]]).all()
