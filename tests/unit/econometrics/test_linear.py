"""Least squares: hand calculation, dense dummies, sample account, small-sample conventions."""

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import EstimationError, estimate


def ols(data, formula, **rest):
    return estimate({"estimator": "ols", "formula": formula, **rest}, data)


def test_a_line_through_four_points_by_hand():
    """Failure: the simplest regression is wrong (slope 1.4, intercept 0, RSS 0.2 + ...)."""
    data = pd.DataFrame({"x": [1, 2, 3, 4], "y": [2, 2, 4, 6]})
    result = ols(data, "y ~ x")
    assert result["x"].estimate == pytest.approx(1.4)
    assert result["(Intercept)"].estimate == pytest.approx(0.0, abs=1e-12)
    assert result.statistics["rss"] == pytest.approx(1.2)
    assert result["x"].std_error == pytest.approx(np.sqrt(0.6 / 5))
    assert result.statistics["r2"] == pytest.approx(1 - 1.2 / 11)


def test_absorbed_effects_equal_dummies(panel):
    """Failure: partialling out is not the dummy regression (coefficients, errors, R2)."""
    absorbed = ols(panel, "y ~ x1 + w | firm + year")
    dummies = ols(panel, "y ~ x1 + w + factor(firm) + factor(year)")
    for term in ("x1", "w"):
        assert absorbed[term].estimate == pytest.approx(dummies[term].estimate, rel=1e-9)
        assert absorbed[term].std_error == pytest.approx(dummies[term].std_error, rel=1e-9)
    for name in ("r2", "adj_r2", "rmse", "log_lik"):
        assert absorbed.statistics[name] == pytest.approx(dummies.statistics[name], rel=1e-9)


def test_constant_of_an_absorbed_regression_is_reghdfe_cons(panel):
    """Failure: the printed constant is not mean(y) - mean(x) b, or its iid error is not sigma sqrt(1/n + ...)."""
    result = ols(panel, "y ~ x1 | firm")
    used = panel[panel.groupby("firm")["y"].transform("size") > 1]
    assert result["(Intercept)"].estimate == pytest.approx(
        used.y.mean() - used.x1.mean() * result["x1"].estimate
    )
    expected = np.sqrt(
        result.statistics["rmse"] ** 2 / len(used) + (used.x1.mean() * result["x1"].std_error) ** 2
    )
    assert result["(Intercept)"].std_error == pytest.approx(expected)


def test_singletons_are_dropped_until_none_is_left():
    """Failure: N and the small-sample factor differ from reghdfe's."""
    data = pd.DataFrame(
        {
            "a": [1, 1, 2, 2, 3, 1, 2],
            "b": [1, 1, 2, 2, 3, 4, 1],
            "y": [1.0, 2, 3, 5, 8, 13, 21],
            "x": [1.0, 0, 2, 1, 5, 3, 4],
        }
    )
    result = ols(data, "y ~ x | a + b")
    assert result.sample["singletons"] == 2
    assert result.sample["used"] == 5
    assert result.sample["rows_in"] == 7


def test_every_row_is_accounted_for(panel):
    """Failure: rows vanish without a reason."""
    data = panel.copy()
    data.loc[data.index[:7], "w"] = np.nan
    data.loc[data.index[7:9], "weight"] = 0
    sample = ols(data, "y ~ x1 + w | firm", weights="weight", sample="year > 2000").sample
    parts = ("outside_sample", "missing", "singletons", "separated", "zero_weight", "used")
    assert sum(sample.get(part, 0) for part in parts) == sample["rows_in"] == len(data)


def test_reghdfe_cluster_factor_with_a_nested_effect(panel):
    """Failure: (N-1)/(N-K-a-1) G/(G-1) is not what scales the clustered variance."""
    clustered = ols(panel, "y ~ x1 | firm + year", vcov={"cluster": ["firm"]})
    bare = ols(panel, "y ~ x1 | firm + year", vcov={"cluster": ["firm"]}, options={"small_sample": "none"})
    n, groups = clustered.n_obs, clustered.statistics["n_clusters"]
    years = panel.year.nunique()
    factor = (n - 1) / (n - 1 - (years - 1) - 1) * groups / (groups - 1)
    assert clustered["x1"].std_error / bare["x1"].std_error == pytest.approx(np.sqrt(factor), rel=1e-9)
    assert clustered.statistics["df_residual"] == groups - 1


def test_pairwise_mobility_groups_are_redundant_in_stata_and_not_in_fixest(panel):
    """Failure: industry^year + city^year are connected only within a year, which reghdfe counts and fixest does not."""
    formula = "y ~ x1 | industry^year + city^year"
    stata = ols(panel, formula, vcov="hetero").statistics["df_absorbed"]
    fixest = ols(panel, formula, vcov="hetero", options={"small_sample": "fixest"}).statistics["df_absorbed"]
    assert fixest - stata == panel.year.nunique() - 1


def test_collinear_terms_are_named(panel):
    """Failure: a term that cannot be estimated disappears without a word."""
    data = panel.assign(double=2 * panel.w, firmwide=panel.firm * 1.0)
    result = ols(data, "y ~ w + double + firmwide | firm")
    assert list(result.coefficients["term"]) == ["w", "(Intercept)"]
    assert {"double omitted because of collinearity", "firmwide omitted because of collinearity"} <= set(
        result.warnings
    )


@pytest.mark.parametrize(
    ("formula", "rest", "message"),
    [
        ("y ~ nosuch", {}, "unknown column 'nosuch'"),
        ("y ~ w", {"sample": "year > 2050"}, "sample is empty"),
        ("y ~ w", {"vcov": {"cluster": ["one"]}}, "one cluster only"),
        ("constant ~ w | firm", {}, "no variation"),
        ("y ~ firmwide | firm", {}, "firmwide"),
        ("y ~ w | row", {}, "only singletons"),
        ("y ~ w + empty", {}, "'empty' is missing in every row"),
        ("y ~ city:w + w | x1 ~ z1", {}, "use estimator 'iv'"),
        ("city ~ w", {}, "single numeric column"),
        ("y ~ w", {"weights": "z1"}, "negative weights, first in row"),
    ],
)
def test_bad_input_is_an_error_that_names_it(panel, formula, rest, message):
    """Failure: an analyst gets NaN or a stack trace instead of the reason."""
    data = panel.assign(constant=1.0, firmwide=panel.firm * 1.0, one=1, row=range(len(panel)), empty=np.nan)
    with pytest.raises(EstimationError, match=message):
        ols(data, formula, **rest)


def test_arrow_and_duckdb_tables_give_the_same_numbers(panel):
    """Failure: the result depends on the container of the data."""
    import duckdb
    import pyarrow as pa

    expected = ols(panel, "y ~ x1 | city").coefficients
    arrow = pa.Table.from_pandas(panel)
    with duckdb.connect() as connection:
        relation = connection.from_arrow(arrow)
        for data in (arrow, relation):
            pd.testing.assert_frame_equal(ols(data, "y ~ x1 | city").coefficients, expected)


def test_longley_to_the_certified_digits():
    """Failure: near-collinear data lose digits; values certified by NIST (Statistical Reference Datasets, Longley)."""
    import statsmodels.api as sm

    data = sm.datasets.longley.load_pandas().data.rename(columns=str.lower)
    result = ols(data, "totemp ~ gnpdefl + gnp + unemp + armed + pop + year")
    certified = {
        "(Intercept)": (-3482258.63459582, 890420.383607373),
        "gnpdefl": (15.0618722713733, 84.9149257747669),
        "gnp": (-0.0358191792925910, 0.0334910077722432),
        "unemp": (-2.02022980381683, 0.488399681651699),
        "armed": (-1.03322686717359, 0.214274163161675),
        "pop": (-0.0511041056535807, 0.226073200069370),
        "year": (1829.15146461355, 455.478499142212),
    }
    for term, (estimate_, error) in certified.items():
        assert result[term].estimate == pytest.approx(estimate_, rel=1e-10)
        assert result[term].std_error == pytest.approx(error, rel=1e-7)
    assert result.statistics["rmse"] == pytest.approx(304.854073561965, rel=1e-12)


@pytest.mark.parametrize(
    ("formula", "vcov"),
    [("y ~ x1 | firm + year", ["firm", "year"]), ("y ~ x1 | industry^year + year", ["year"])],
)
def test_adjusted_r2_counts_every_level_of_nested_effects(panel, formula, vcov):
    """Failure: adj_r2 and rmse are not RSS / (N - K - a - all levels of the nested effects), as reghdfe 6 prints them."""
    result = ols(panel, formula, vcov={"cluster": vcov})
    s, n = result.statistics, result.n_obs
    used = panel[panel.groupby("firm")["y"].transform("size") > 1] if "firm" in formula else panel
    levels = (
        used["firm"].nunique() + used["year"].nunique()
        if "firm" in formula
        else len(used.groupby(["industry", "year"])) + used["year"].nunique()
    )
    assert s["rmse"] == pytest.approx(np.sqrt(s["rss"] / (n - 1 - levels)), rel=1e-10)
    assert s["adj_r2"] == pytest.approx(1 - s["rss"] / (n - 1 - levels) / (s["tss"] / (n - 1)), rel=1e-10)


def test_log_likelihoods_with_weights_are_statas():
    """Failure: e(ll), e(ll_0) of `regress invest mvalue kstock [aw=1/mvalue]` on Grunfeld (Stata, stored by statsmodels)."""
    from pathlib import Path

    data = pd.read_csv(Path(__file__).parents[2] / "parity/data/grunfeld.csv")
    found = ols(data, "invest ~ mvalue + kstock", weights="w").statistics
    assert found["log_lik"] == pytest.approx(-994.3622459900876, rel=1e-8)
    assert found["log_lik_null"] == pytest.approx(-1142.564592396746, rel=1e-8)
