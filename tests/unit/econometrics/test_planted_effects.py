"""Effects planted by cohort and event time: what each staggered estimator recovers, and where two-way effects must fail."""

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import estimate
from keytech.simulate.listed_counts import COHORT_FACTOR, policy_effect

YEARS = np.arange(2010, 2020)
ROBUST = ["callaway_santanna", "sun_abraham", "imputation", "two_stage"]


def panel(effect, never: float, seed: int) -> pd.DataFrame:
    """500 firms in the four cohorts of the pilots, a share never exposed; `effect(year, cohort)` is planted."""
    rng = np.random.default_rng(seed)
    shares = [never, *[(1 - never) / 4] * 4]
    cohort = np.repeat(rng.choice([0, *COHORT_FACTOR], 500, p=shares), len(YEARS))
    frame = pd.DataFrame({"firm": np.repeat(np.arange(500), len(YEARS)), "year": np.tile(YEARS, 500)})
    frame["cohort"] = cohort
    frame["planted"] = effect(frame["year"].to_numpy(), cohort)
    frame["policy"] = ((cohort > 0) & (frame["year"] >= cohort)).astype(int)
    level = rng.normal(size=500)[frame["firm"]] + 0.05 * cohort / 2016 + 0.1 * (frame["year"] - 2010)
    return frame.assign(y=level + frame["planted"] + rng.normal(0, 0.4, len(frame)))


def of_the_economy(year: np.ndarray, cohort: np.ndarray) -> np.ndarray:
    return 0.2 * policy_effect(year, cohort, np.ones(len(year)))


def growing(year: np.ndarray, cohort: np.ndarray) -> np.ndarray:
    """0.3 in the first year and 0.3 more in each later one; half as strong in the two late cohorts."""
    since = np.where(cohort > 0, year - cohort, -1)
    return 0.3 * (since + 1) * np.where(cohort >= 2018, 0.5, 1.0) * (since >= 0)


def run(estimator: str, data: pd.DataFrame, **options):
    timing = {"unit": "firm", "time": "year", "cohort": "cohort"}
    return estimate(
        {
            "estimator": estimator,
            "formula": "y ~ 1",
            "vcov": {"cluster": ["firm"]},
            "options": timing | options,
        },
        data,
    )


@pytest.mark.parametrize("estimator", ROBUST)
@pytest.mark.parametrize(("effect", "never"), [(of_the_economy, 0.4), (growing, 0.1)])
def test_a_robust_estimator_recovers_the_average_effect(estimator, effect, never):
    """Failure: the average of the effects planted by cohort and event time is more than two standard errors away."""
    data = panel(effect, never, seed=4)
    found, planted = run(estimator, data)["ATT"], data.loc[data["policy"] == 1, "planted"].mean()
    assert abs(found.estimate - planted) < 2 * found.std_error
    assert found.std_error < 0.06


@pytest.mark.parametrize(("estimator", "options", "prefix"), [
    ("callaway_santanna", {"aggregate": "dynamic"}, "event_time"), ("sun_abraham", {}, "year"),
])  # fmt: skip
def test_the_path_by_event_time_is_the_planted_one(estimator, options, prefix):
    """Failure: an effect by years since exposure, or a zero before it, is more than three standard errors away."""
    data = panel(growing, 0.1, seed=4)
    result = run(estimator, data, **options)
    path = (
        data.assign(since=data["year"] - data["cohort"])[data["cohort"] > 0]
        .groupby("since")["planted"]
        .mean()
    )
    checked = 0
    for since in range(-5, 4):
        term = f"{prefix}::{since}"
        if term in set(result.coefficients["term"]):
            row = result[term]
            assert abs(row.estimate - path[since]) < 3 * row.std_error, term
            checked += 1
    assert checked >= 8


def test_two_way_effects_are_biased_where_late_cohorts_are_compared_with_growing_early_ones():
    """Failure: the two-way coefficient passes for the average effect although comparisons with exposed firms pull it down."""
    data = panel(growing, 0.1, seed=4)
    naive = estimate(
        {"estimator": "ols", "formula": "y ~ policy | firm + year", "vcov": {"cluster": ["firm"]}}, data
    )["policy"]
    planted = data.loc[data["policy"] == 1, "planted"].mean()
    assert naive.estimate < planted - 4 * naive.std_error
    parts = run("bacon", data).statistics
    assert parts["weight.later_vs_earlier"] > 0.1
    assert parts["estimate.later_vs_earlier"] < 0.5 * parts["estimate.treated_vs_never"]


def test_two_way_effects_are_near_where_effects_are_alike_and_most_are_never_exposed():
    """Failure: the economy's own effects, nearly constant, are missed by two-way effects (then the test above is empty)."""
    data = panel(of_the_economy, 0.4, seed=4)
    naive = estimate(
        {"estimator": "ols", "formula": "y ~ policy | firm + year", "vcov": {"cluster": ["firm"]}}, data
    )["policy"]
    planted = data.loc[data["policy"] == 1, "planted"].mean()
    assert abs(naive.estimate - planted) < 2 * naive.std_error
