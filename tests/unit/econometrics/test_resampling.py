"""Permutation, group differences, wild bootstrap: exact small cases and brute force."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import EstimationError, estimate


def run(estimator, data, formula, options, **rest):
    return estimate({"estimator": estimator, "formula": formula, "options": options, **rest}, data)


def test_all_assignments_of_six_rows_give_fishers_exact_p():
    """Failure: with all 20 assignments supplied, p is not the share at least as extreme (2 of 20)."""
    data = pd.DataFrame({"d": [1, 1, 1, 0, 0, 0], "y": [9.0, 8, 7, 3, 2, 1]})
    draws = pd.DataFrame(
        {
            f"draw{i}": np.isin(range(6), chosen).astype(int)
            for i, chosen in enumerate(combinations(range(6), 3))
        }
    )
    result = run("permutation", data, "y ~ d", {"treatment": "d", "draws_file": draws})
    assert result.statistics["permutation_p"] == pytest.approx(2 / 20)
    assert result["d"].p_value == pytest.approx(2 / 20)
    assert result.tables["draws"]["estimate"].mean() == pytest.approx(0, abs=1e-12)


def test_each_placebo_is_the_regression_on_it(panel):
    """Failure: the vectorised draw differs from estimating it."""
    data = panel.assign(d=(panel.firm % 3 == 0).astype(int))
    draws = pd.DataFrame(
        {
            "city": sorted(data.city.unique()),
            "a": np.arange(25) % 2,
            "b": (np.arange(25) % 3 == 0).astype(int),
        }
    )
    data["d"] = data.city.map(dict(zip(draws.city, (np.arange(25) % 5 == 0).astype(int), strict=True)))
    result = run(
        "permutation",
        data,
        "y ~ d + w | industry^year",
        {"treatment": "d", "level": "city", "draws_file": draws},
        weights="weight",
    )
    for number, name in enumerate(("a", "b")):
        fake = data.assign(d=data.city.map(draws.set_index("city")[name]))
        direct = estimate(
            {"estimator": "ols", "formula": "y ~ d + w | industry^year", "weights": "weight"}, fake
        )
        assert result.tables["draws"]["estimate"][number] == pytest.approx(direct["d"].estimate, rel=1e-7)


def test_placebo_cohorts_keep_their_sizes(panel):
    """Failure: switching times are not permuted over cities, or treatment is not rebuilt from them."""
    cities = sorted(panel.city.unique())
    cohort = dict(zip(cities, [2003] * 6 + [2006] * 5 + [0] * 14, strict=True))
    first = panel.city.map(cohort)
    data = panel.assign(policy=((first > 0) & (panel.year >= first)).astype(int))
    options = {"treatment": "policy", "level": "city", "time": "year", "draws": 30}
    one = run("permutation", data, "y ~ policy | city + year", options)
    two = run("permutation", data, "y ~ policy | city + year", options)
    assert one.tables["draws"].equals(two.tables["draws"])
    assert one.tables["draws"]["estimate"].std() > 0


def test_the_difference_between_groups_is_two_regressions(panel):
    """Failure: the observed difference or a draw of it is wrong."""
    data = panel.assign(g=(panel.city < "城市2").astype(int))
    draws = pd.DataFrame({"same": data.g, "other": (np.arange(len(data)) % 2)})
    result = run(
        "group_difference",
        data,
        "y ~ x1 + w | firm + year",
        {"group": "g", "treatment": "x1", "draws_file": draws},
    )
    parts = [
        estimate({"estimator": "ols", "formula": "y ~ x1 + w | firm + year"}, data[data.g == value])[
            "x1"
        ].estimate
        for value in (0, 1)
    ]
    assert result["difference"].estimate == pytest.approx(parts[1] - parts[0], rel=1e-9)
    assert result.tables["draws"]["difference"][0] == pytest.approx(parts[1] - parts[0], rel=1e-7)
    labels = draws["other"]
    other = [
        estimate({"estimator": "ols", "formula": "y ~ x1 + w | firm + year"}, data[labels == value])[
            "x1"
        ].estimate
        for value in (0, 1)
    ]
    assert result.tables["draws"]["difference"][1] == pytest.approx(other[1] - other[0], rel=1e-7)


def test_a_draw_with_effects_taken_out_once_is_two_regressions_on_freed_variables(panel):
    """Failure: the matrix product is not, draw by draw, least squares of each group on residuals of the pooled effects."""
    data = panel.assign(g=(panel.city < "城市2").astype(int))
    draws = pd.DataFrame({"same": data.g, "other": np.arange(len(data)) % 2})
    options = {"group": "g", "treatment": "x1", "draws_file": draws, "partial_out": "once"}
    result = run("group_difference", data, "y ~ x1 + w | industry^year", options, weights="weight")
    freed = data.assign(**{
        name: data[name] - data[name].mul(data.weight).groupby([data.industry, data.year]).transform("sum")
        / data.weight.groupby([data.industry, data.year]).transform("sum")
        for name in ("y", "x1", "w")
    })  # fmt: skip
    for number, labels in enumerate((draws["same"], draws["other"])):
        low, high = (
            estimate(
                {"estimator": "ols", "formula": "y ~ x1 + w", "weights": "weight"}, freed[labels == value]
            )["x1"].estimate
            for value in (0, 1)
        )
        assert result.tables["draws"]["difference"][number] == pytest.approx(high - low, rel=1e-9)
    assert result.statistics["observed"] == pytest.approx(result.tables["draws"]["difference"][0])


@pytest.mark.parametrize("impose", [True, False])
def test_the_wild_bootstrap_equals_re_estimation(panel, impose):
    """Failure: the matrix form is not the bootstrap, draw by draw, with effects that the weights break."""
    data = panel.assign(g=panel.firm % 6)
    weights = np.array(list(product([-1.0, 1.0], repeat=6))).T
    formula, vcov = "y ~ x1 + w | industry + year", {"cluster": ["g"]}
    options = {
        "term": "w",
        "null": 0.9,
        "impose_null": impose,
        "draws_file": pd.DataFrame(weights).assign(g=range(6)),
    }
    result = run("wild_bootstrap", data, formula, options, vcov=vcov)
    if impose:
        restricted = estimate(
            {"estimator": "ols", "formula": "y ~ x1 + factor(industry) + factor(year)"},
            data.assign(y=data.y - 0.9 * data.w),
        )
        names, centre = ["x1"], 0.9
    else:
        restricted = estimate(
            {"estimator": "ols", "formula": "y ~ x1 + w + factor(industry) + factor(year)"}, data
        )
        names = ["x1", "w"]
        centre = restricted["w"].estimate
    dummies = pd.get_dummies(data[["industry", "year"]].astype(str)).to_numpy(float)
    x = np.column_stack([data[names], dummies])
    target = (data.y - 0.9 * data.w if impose else data.y).to_numpy()
    residual = target - x @ np.linalg.lstsq(x, target, rcond=None)[0]
    for draw in (3, 17, 40):
        fake = data.assign(y=data.y - residual + residual * weights[data.g, draw])
        again = estimate({"estimator": "ols", "formula": formula, "vcov": vcov}, fake)["w"]
        assert result.tables["draws"]["t"][draw] == pytest.approx(
            (again.estimate - centre) / again.std_error, rel=1e-6
        )


def test_all_sign_patterns_are_enumerated_when_they_are_few(panel):
    """Failure: 2^G <= draws is sampled instead of enumerated (the p would be random)."""
    result = run(
        "wild_bootstrap",
        panel.assign(g=panel.firm % 5),
        "y ~ w",
        {"term": "w", "draws": 999},
        vcov={"cluster": ["g"]},
    )
    assert result.statistics["draws"] == 32


def test_the_bootstrap_interval_inverts_the_test(panel):
    """Failure: just inside the interval p > 5 %, just outside p <= 5 % does not hold."""
    data = panel.assign(g=panel.firm % 30)
    options = {"term": "w", "draws": 399, "seed": 5}
    low = run("wild_bootstrap", data, "y ~ w + x1", options, vcov={"cluster": ["g"]}).statistics[
        "bootstrap_ci_low"
    ]
    inside, outside = (
        run(
            "wild_bootstrap", data, "y ~ w + x1", {**options, "null": low + shift}, vcov={"cluster": ["g"]}
        ).statistics["bootstrap_p"]
        for shift in (1e-6, -1e-6)
    )
    assert inside > 0.05 >= outside


def test_a_clustered_treatment_permuted_by_row_rejects_too_often_and_by_cluster_does_not():
    """Failure: inference at the level of assignment loses its size (simulated, 60 samples)."""
    rng = np.random.default_rng(11)
    rejected = {"row": 0, "city": 0}
    for _ in range(60):
        city = np.repeat(np.arange(20), 15)
        data = pd.DataFrame(
            {"city": city, "d": (city % 2), "y": rng.normal(size=20)[city] + rng.normal(size=300)}
        )
        for level in rejected:
            p = run("permutation", data, "y ~ d", {"treatment": "d", "level": level, "draws": 99}).statistics[
                "permutation_p"
            ]
            rejected[level] += p <= 0.05
    assert rejected["row"] > 15
    assert rejected["city"] <= 9


def test_a_draws_file_of_the_wrong_length_is_refused(panel):
    """Failure: draws are recycled or cut."""
    with pytest.raises(EstimationError, match="draws_file has 3 rows"):
        run("permutation", panel, "y ~ w", {"treatment": "w", "draws_file": pd.DataFrame({"a": [1, 2, 3]})})
