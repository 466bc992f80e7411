"""Difference in differences: one panel small enough for a hand, and identities between estimators."""

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import EstimationError, estimate

PANEL = {"unit": "unit", "time": "time", "cohort": "cohort"}


def run(estimator, data, formula="y ~ 1", **rest):
    options = {**PANEL, **rest.pop("options", {})}
    return estimate({"estimator": estimator, "formula": formula, "options": options, **rest}, data)


@pytest.fixture
def hand() -> pd.DataFrame:
    """Two treated units (first in period 3), two never: means 1 2 7 | 1 2 3, so the effect is 4."""
    rows = []
    for unit, cohort, values in ((1, 3, (0, 1, 7)), (2, 3, (2, 3, 7)), (3, 0, (0, 2, 2)), (4, 0, (2, 2, 4))):
        rows += [{"unit": unit, "time": t + 1, "cohort": cohort, "y": float(y)} for t, y in enumerate(values)]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def staggered() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    rows = []
    for unit in range(120):
        cohort, base = (0, 4, 6)[unit % 3], rng.normal()
        for time in range(1, 9):
            effect = 1.0 + 0.2 * (time - cohort) if cohort and time >= cohort else 0.0
            rows.append(
                {
                    "unit": unit,
                    "time": time,
                    "cohort": cohort,
                    "y": base + 0.3 * time + effect + rng.normal() / 2,
                    "city": unit % 12,
                }
            )
    return pd.DataFrame(rows)


@pytest.mark.parametrize("estimator", ["callaway_santanna", "sun_abraham", "imputation", "two_stage"])
def test_the_effect_of_the_hand_panel_is_four(hand, estimator):
    """Failure: treated 1.5 -> 7 against never 1.5 -> 3 from the mean of both periods before, or 2 -> 7 against 2 -> 3."""
    expected = 4.0 if estimator in ("callaway_santanna", "sun_abraham") else 7 - 1.5 - (3 - 1.5)
    assert run(estimator, hand)["ATT"].estimate == pytest.approx(expected)


def test_an_event_study_bins_its_ends_and_leaves_out_the_base(staggered):
    """Failure: relative times beyond the bins get their own dummy, or the base is estimated."""
    result = run(
        "twfe_event_study", staggered, vcov={"cluster": ["unit"]}, options={"bin": [-3, 2], "base": -1}
    )
    assert list(result.coefficients["term"])[:5] == ["time::-3", "time::-2", "time::0", "time::1", "time::2"]
    assert result.statistics["pretrend_p"] > 0.01


def test_an_event_study_is_the_regression_on_its_dummies(staggered):
    """Failure: the event study is not the regression that it stands for."""
    data = staggered.assign(
        rel=np.where(staggered.cohort > 0, (staggered.time - staggered.cohort).clip(-3, 2), -1)
    )
    direct = estimate(
        {"estimator": "ols", "formula": "y ~ i(rel, ref=-1) | unit + time", "vcov": {"cluster": ["unit"]}},
        data,
    )
    study = run("twfe_event_study", staggered, vcov={"cluster": ["unit"]}, options={"bin": [-3, 2]})
    for horizon in (-3, -2, 0, 1, 2):
        assert study[f"time::{horizon}"].estimate == pytest.approx(direct[f"rel::{horizon}"].estimate)
        assert study[f"time::{horizon}"].std_error == pytest.approx(direct[f"rel::{horizon}"].std_error)


@pytest.mark.parametrize("method", ["reg", "ipw", "dr"])
def test_methods_agree_without_covariates(staggered, method):
    """Failure: without covariates all three are the difference of mean changes."""
    base = run("callaway_santanna", staggered, options={"method": "reg"})["ATT"]
    other = run("callaway_santanna", staggered, options={"method": method})["ATT"]
    assert other.estimate == pytest.approx(base.estimate)
    assert other.std_error == pytest.approx(base.std_error)


def test_aggregates_average_group_time_effects(staggered):
    """Failure: simple, group and calendar aggregates do not use cohort sizes (equal here)."""
    result = run("callaway_santanna", staggered, options={"aggregate": "group"})
    cells = result.tables["group_time"]
    post = cells[cells.time >= cells.group]
    by_group = post.groupby("group")["estimate"].mean()
    assert result["group::4"].estimate == pytest.approx(by_group[4])
    assert result["ATT"].estimate == pytest.approx(by_group.mean())
    simple = run("callaway_santanna", staggered, options={"aggregate": "simple"})["ATT"].estimate
    assert simple == pytest.approx(post["estimate"].mean())


def test_influence_functions_give_the_bootstrap_error(staggered):
    """Failure: the analytic error of an aggregate is off by more than the noise of 100 resamples."""
    rng = np.random.default_rng(1)
    wide = {unit: part for unit, part in staggered.groupby("unit")}
    draws = []
    for _ in range(100):
        chosen = rng.integers(0, 120, 120)
        part = pd.concat([wide[unit].assign(unit=number) for number, unit in enumerate(chosen)])
        draws.append(run("callaway_santanna", part)["ATT"].estimate)
    assert run("callaway_santanna", staggered)["ATT"].std_error == pytest.approx(np.std(draws), rel=0.25)


def test_bacon_weights_add_to_one_and_reproduce_the_two_way_estimate(staggered):
    """Failure: the decomposition is not of the estimate."""
    result = run("bacon", staggered)
    pairs = result.tables["comparisons"]
    assert pairs["weight"].sum() == pytest.approx(1)
    assert pairs["weight"] @ pairs["estimate"] == pytest.approx(result["twfe"].estimate)
    data = staggered.assign(d=((staggered.cohort > 0) & (staggered.time >= staggered.cohort)).astype(int))
    direct = estimate(
        {"estimator": "ols", "formula": "y ~ d | unit + time", "vcov": {"cluster": ["unit"]}}, data
    )
    assert result["twfe"].estimate == pytest.approx(direct["d"].estimate)
    assert result["twfe"].std_error == pytest.approx(direct["d"].std_error)


def test_two_way_weights_add_to_one(staggered):
    """Failure: de Chaisemartin and D'Haultfoeuille's weights are not weights."""
    result = run("dcdh", staggered, options={"horizons": [1, 2]})
    assert result.tables["weights"]["weight"].sum() == pytest.approx(1)
    assert {"horizon::1", "horizon::2"} <= set(result.coefficients["term"])


def test_incomplete_units_are_counted(staggered):
    """Failure: an unbalanced panel loses units without a word."""
    result = run("callaway_santanna", staggered.drop(index=staggered.index[:2]))
    assert result.sample["unbalanced"] == 6
    assert any("without all 8 periods" in text for text in result.warnings)


def test_a_treatment_dummy_gives_the_cohorts(staggered):
    """Failure: options.treatment is read differently from options.cohort."""
    data = staggered.assign(d=((staggered.cohort > 0) & (staggered.time >= staggered.cohort)).astype(int))
    by_dummy = estimate(
        {
            "estimator": "bacon",
            "formula": "y ~ 1",
            "options": {"unit": "unit", "time": "time", "treatment": "d"},
        },
        data,
    )
    assert by_dummy["twfe"].estimate == pytest.approx(run("bacon", staggered)["twfe"].estimate)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.assign(cohort=0), "no unit is ever treated"),
        (lambda d: d.assign(cohort=d.time), "cohort varies within"),
        (lambda d: pd.concat([d, d.head(2)]), "repeat a unit-time pair"),
    ],
)
def test_a_panel_that_is_none_is_refused(staggered, change, message):
    """Failure: a malformed design is estimated."""
    with pytest.raises(EstimationError, match=message):
        run("callaway_santanna", change(staggered))


def test_honest_bounds_without_violations_are_near_the_usual_interval(staggered):
    """Failure: with M = 0 the smoothness set is not an interval around the effect, or does not grow with M."""
    options = {"bin": [-3, 2], "honest": "smoothness", "honest_grid": [0.0, 0.5]}
    table = run("twfe_event_study", staggered, vcov={"cluster": ["unit"]}, options=options).tables["honest"]
    width = table.ci_high - table.ci_low
    assert width.iloc[1] > width.iloc[0] > 0
    assert table.ci_low.iloc[0] < 1.0 < table.ci_high.iloc[0]


def test_before_treatment_a_varying_base_is_the_period_before_even_when_effects_are_anticipated(staggered):
    """Failure: with anticipation of two periods the placebo of the period before treatment starts from another base."""
    cells = (
        run("callaway_santanna", staggered, options={"anticipation": 2, "aggregate": "gt"})
        .tables["group_time"]
        .set_index(["group", "time"])
    )
    wide = staggered.pivot(index="unit", columns="time", values="y")
    cohort = staggered.groupby("unit")["cohort"].first()
    change = wide[5] - wide[4]
    by_hand = change[cohort == 6].mean() - change[cohort == 0].mean()
    assert cells.loc[(6, 5), "estimate"] == pytest.approx(by_hand)


def test_the_last_cohort_is_the_comparison_where_no_unit_is_never_treated(staggered):
    """Failure: its own placebo effects are reported, or its treated periods stay in the sample (R did drops both)."""
    treated = staggered[staggered["cohort"] > 0]
    result = run("callaway_santanna", treated, options={"control_group": "notyet", "aggregate": "dynamic"})
    assert result.tables["group_time"]["group"].unique().tolist() == [4]
    assert result.sample["after_last_cohort"] == 80 * 3
    assert any("no unit is never treated" in text for text in result.warnings)


def test_weights_that_change_over_time_are_those_of_the_earlier_period(staggered):
    """Failure: a comparison is weighted by another period than R did takes."""
    rng = np.random.default_rng(2)
    data = staggered.assign(w=rng.uniform(0.2, 3, len(staggered)))
    result = run("callaway_santanna", data, weights="w", options={"aggregate": "gt"})
    cells = result.tables["group_time"].set_index(["group", "time"])
    wide, weight = (data.pivot(index="unit", columns="time", values=name) for name in ("y", "w"))
    cohort, change = data.groupby("unit")["cohort"].first(), wide[6] - wide[3]
    means = [np.average(change[cohort == g], weights=weight.loc[cohort == g, 3]) for g in (4, 0)]
    assert cells.loc[(4, 6), "estimate"] == pytest.approx(means[0] - means[1])


@pytest.mark.parametrize("never", [0, np.nan, np.inf, 99])
@pytest.mark.parametrize("estimator", ["callaway_santanna", "sun_abraham", "imputation", "bacon"])
def test_never_treated_may_be_coded_zero_missing_infinite_or_beyond_the_sample(staggered, estimator, never):
    """Failure: another code of the same fact gives another number."""
    data = staggered.assign(cohort=staggered["cohort"].where(staggered["cohort"] > 0, never).astype(float))
    term = "twfe" if estimator == "bacon" else "ATT"
    found, expected = run(estimator, data)[term], run(estimator, staggered)[term]
    assert found.estimate == pytest.approx(expected.estimate, rel=1e-9)
    assert found.std_error == pytest.approx(expected.std_error, rel=1e-9)


def test_a_treatment_that_is_switched_off_has_weights_too(staggered):
    """Failure: dcdh refuses a treatment that is not absorbing, or rows of one unit and period are not averaged."""
    data = staggered.assign(d=((staggered["unit"] + staggered["time"]) % 3 == 0).astype(int))
    options = {"unit": "unit", "time": "time", "treatment": "d"}
    once = estimate({"estimator": "dcdh", "formula": "y ~ 1", "options": options}, data)
    twice = estimate({"estimator": "dcdh", "formula": "y ~ 1", "options": options}, pd.concat([data, data]))
    direct = estimate({"estimator": "ols", "formula": "y ~ d | unit + time"}, data)["d"].estimate
    for result in (once, twice):
        assert result.statistics["twfe"] == pytest.approx(direct)
        weights = result.tables["weights"]
        assert weights["weight"].sum() == pytest.approx(1)
        assert len(weights) == data["d"].sum()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"aggregate": "simple"}, "aggregate: dynamic"),
        ({"aggregate": "dynamic"}, "base_period: universal"),
        ({"aggregate": "dynamic", "base_period": "universal", "honest_horizon": 40}, "honest_horizon 40"),
    ],
)
def test_honest_bounds_say_what_they_need(staggered, options, message):
    """Failure: bounds are computed from effects that have no common base."""
    with pytest.raises(EstimationError, match=message):
        run("callaway_santanna", staggered, options={"honest": "smoothness", **options})


def test_honest_bounds_of_three_event_studies_surround_their_effects(staggered):
    """Failure: an event study takes the variance of other terms, or forgets the base."""
    own = {
        "twfe_event_study": {},
        "sun_abraham": {},
        "callaway_santanna": {"aggregate": "dynamic", "base_period": "universal"},
    }
    for estimator, options in own.items():
        vcov = {} if estimator == "callaway_santanna" else {"vcov": {"cluster": ["unit"]}}
        bounds = {"honest": "smoothness", "honest_grid": [0.0], "honest_horizon": "average"}
        data = staggered[staggered["cohort"] != 4]
        table = run(estimator, data, options={**options, **bounds}, **vcov).tables["honest"]
        assert table.ci_low[0] < 1.2 < table.ci_high[0]


def test_always_treated_units_are_a_comparison_of_their_own(staggered):
    """Failure: they are pooled with the never treated (R bacondecomp keeps them apart), or weights do not add up."""
    data = staggered.assign(cohort=staggered["cohort"].where(staggered["unit"] % 10 > 0, 1))
    result = run("bacon", data)
    pairs = result.tables["comparisons"]
    assert set(pairs["type"]) == {
        "treated_vs_never",
        "earlier_vs_later",
        "later_vs_earlier",
        "later_vs_always",
    }
    assert pairs["weight"].sum() == pytest.approx(1)
    assert pairs["weight"] @ pairs["estimate"] == pytest.approx(result["twfe"].estimate)
    wide = data.pivot(index="unit", columns="time", values="y")
    cohort = data.groupby("unit")["cohort"].first()
    change = wide.loc[:, 6:].mean(axis=1) - wide.loc[:, :5].mean(axis=1)
    row = pairs[(pairs["treated"] == 6) & (pairs["type"] == "later_vs_always")].iloc[0]
    assert row["estimate"] == pytest.approx(change[cohort == 6].mean() - change[cohort == 1].mean())


def test_sun_abraham_needs_the_period_before_treatment(staggered):
    """Failure: with every second year only, collinearity picks the base in silence."""
    with pytest.raises(EstimationError, match="the base period -1 does not occur"):
        run("sun_abraham", staggered[staggered["time"] % 2 == 0])
    partly = staggered[~((staggered["cohort"] == 4) & (staggered["time"] == 3))]
    assert any("cohorts ['4'] are not seen" in text for text in run("sun_abraham", partly).warnings)
