"""Discrete outcomes and counts: hand calculations, derivatives checked by differences, dropped cells."""

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import EstimationError, Specification, estimate


def run(estimator, data, formula, **rest):
    return estimate({"estimator": estimator, "formula": formula, **rest}, data)


TABLE = pd.DataFrame({"x": [0] * 10 + [1] * 10, "y": [1] * 2 + [0] * 8 + [1] * 7 + [0] * 3})


def test_a_two_by_two_logit_is_the_log_odds_ratio():
    """Failure: logit is wrong where the answer is known, ln(7/3) - ln(2/8), variance 1/2 + 1/8 + 1/7 + 1/3."""
    result = run("logit", TABLE, "y ~ x")
    assert result["x"].estimate == pytest.approx(np.log(7 / 3) - np.log(2 / 8), rel=1e-10)
    assert result["x"].std_error == pytest.approx(np.sqrt(1 / 2 + 1 / 8 + 1 / 7 + 1 / 3), rel=1e-10)
    assert result.statistics["log_lik_null"] == pytest.approx(9 * np.log(0.45) + 11 * np.log(0.55))


def test_a_two_by_two_probit_is_the_difference_of_quantiles():
    """Failure: probit is wrong where the answer is known."""
    from scipy.stats import norm

    assert run("probit", TABLE, "y ~ x")["x"].estimate == pytest.approx(
        norm.ppf(0.7) - norm.ppf(0.2), rel=1e-10
    )


def test_pseudo_r2_by_their_formulas():
    """Failure: McFadden, Cox-Snell or Nagelkerke is another formula (study 002 prints Nagelkerke)."""
    s = run("logit", TABLE, "y ~ x").statistics
    ll, null, n = s["log_lik"], s["log_lik_null"], 20
    assert s["pseudo_r2_mcfadden"] == pytest.approx(1 - ll / null)
    assert s["pseudo_r2_cox_snell"] == pytest.approx(1 - np.exp(2 * (null - ll) / n))
    assert s["pseudo_r2_nagelkerke"] == pytest.approx(s["pseudo_r2_cox_snell"] / (1 - np.exp(2 * null / n)))


def test_a_poisson_of_two_groups_is_the_log_ratio_of_means():
    """Failure: the Poisson coefficient is not ln(6/2) with variance 1/sum + 1/sum."""
    data = pd.DataFrame({"x": [0, 0, 0, 1, 1, 1], "y": [1, 2, 3, 5, 6, 7]})
    result = run("poisson", data, "y ~ x")
    assert result["x"].estimate == pytest.approx(np.log(3), rel=1e-10)
    assert result["x"].std_error == pytest.approx(np.sqrt(1 / 6 + 1 / 18), rel=1e-10)


@pytest.mark.parametrize("estimator", ["logit", "probit", "poisson", "negbin"])
def test_absorbed_effects_equal_dummies(panel, estimator):
    """Failure: absorbing changes a likelihood estimate, its error or its likelihood."""
    data = panel.assign(count=np.random.default_rng(2).negative_binomial(1, 0.4, len(panel)))
    outcome = "binary" if estimator in ("logit", "probit") else "count"
    for vcov in ("iid", {"cluster": ["firm"]}):
        absorbed = run(estimator, data, f"{outcome} ~ x1 + w | industry", vcov=vcov)
        dummies = run(estimator, data, f"{outcome} ~ x1 + w + factor(industry)", vcov=vcov)
        for term in ("x1", "w"):
            assert absorbed[term].estimate == pytest.approx(dummies[term].estimate, rel=1e-7)
            assert absorbed[term].std_error == pytest.approx(dummies[term].std_error, rel=1e-6)
        assert absorbed.statistics["log_lik"] == pytest.approx(dummies.statistics["log_lik"], rel=1e-10)
        assert absorbed.statistics["aic"] == pytest.approx(dummies.statistics["aic"], rel=1e-10)


def test_all_one_and_all_zero_cells_are_dropped_and_counted(panel):
    """Failure: pyfixest's fault, cells with ones only stay in the sample (N, marginal effects)."""
    data = panel.copy()
    data.loc[data.industry == 1, "binary"] = 1
    data.loc[data.industry == 2, "binary"] = 0
    sample = run("probit", data, "binary ~ x1 | industry").sample
    assert sample["separated"] == int(data.industry.isin([1, 2]).sum())


def test_a_dummy_that_predicts_perfectly_goes_with_its_rows(panel):
    """Failure: Stata drops the term and the rows it decides; we would report a diverging coefficient."""
    data = panel.assign(sure=(panel.index < 20).astype(int))
    data.loc[data.sure == 1, "binary"] = 1
    result = run("logit", data, "binary ~ x1 + sure")
    assert list(result.coefficients["term"]) == ["(Intercept)", "x1"]
    assert result.sample["separated"] == 20
    assert any("sure = 1 predicts outcome 1 perfectly" in text for text in result.warnings)


def test_ordered_logit_with_shares_only_has_the_log_odds_as_thresholds():
    """Failure: without regressors the thresholds are not the cumulative log odds."""
    data = pd.DataFrame({"y": [1] * 2 + [2] * 3 + [3] * 5, "x": [0.0, 1] * 5})
    free = run("ologit", data, "y ~ x")
    assert {"cut1", "cut2"} <= set(free.coefficients["term"])
    grouped = pd.DataFrame({"y": [1, 1, 2, 2, 3, 3, 3, 3], "x": [-1.0, 1, -1, 1, -1, 1, -1, 1]})
    result = run("ologit", grouped, "y ~ x")
    assert result["x"].estimate == pytest.approx(0, abs=1e-9)
    assert result["cut1"].estimate == pytest.approx(np.log(0.25 / 0.75))
    assert result["cut2"].estimate == pytest.approx(0, abs=1e-9)


def test_marginal_effects_equal_statsmodels(panel):
    """Failure: average marginal effects or their delta-method errors are wrong."""
    import statsmodels.api as sm

    x = panel[["x1", "w"]].assign(c=1.0)
    for estimator, model in (("logit", sm.Logit), ("probit", sm.Probit), ("poisson", sm.Poisson)):
        outcome = "count" if estimator == "poisson" else "binary"
        result = run(estimator, panel, f"{outcome} ~ x1 + w", options={"marginal_effects": True})
        reference = model(panel[outcome], x).fit(disp=0, tol=1e-12).get_margeff()
        table = result.tables["marginal_effects"]
        assert np.allclose(table["estimate"], reference.margeff[:2], rtol=1e-6)
        assert np.allclose(table["std_error"], reference.margeff_se[:2], rtol=1e-5)


def test_derivatives_of_the_joint_probit_likelihood_are_right(panel):
    """Failure: analytic gradient or Hessian of IV probit differs from finite differences."""
    from keytech.econometrics.ivprobit import _scaled, _system, joint_likelihood
    from keytech.econometrics.sample import prepare

    specification = Specification(estimator="ivprobit", formula="binary ~ w | x1 + x2 ~ z1 + z2 + z3")
    likelihood = joint_likelihood(_scaled(_system(prepare(specification, panel.head(300)))[0])[0])
    theta = likelihood.start() * 1.01
    _, gradient, hessian = likelihood.total(theta)
    for index in range(len(theta)):
        step = np.zeros_like(theta)
        step[index] = 1e-6
        up, down = likelihood.total(theta + step), likelihood.total(theta - step)
        assert (up[0] - down[0]) / 2e-6 == pytest.approx(gradient[index], rel=1e-5, abs=1e-4)
        assert np.allclose((up[1] - down[1]) / 2e-6, hessian[:, index], rtol=1e-4, atol=1e-3)


def test_two_step_and_maximum_likelihood_agree_up_to_scale(panel):
    """Failure: b_ML differs from b_2step sqrt(1 - rho^2) in a just-identified model (same normalisation)."""
    ml = run("ivprobit", panel, "binary ~ w | x1 ~ z1")
    two = run("ivprobit", panel, "binary ~ w | x1 ~ z1", options={"method": "twostep"})
    assert ml["x1"].estimate == pytest.approx(
        two["x1"].estimate * np.sqrt(1 - ml.statistics["rho"] ** 2), rel=1e-6
    )


def test_the_conditional_negative_binomial_has_the_right_derivatives():
    """Failure: score or Hessian of the Hausman-Hall-Griliches likelihood is wrong."""
    from keytech.econometrics.negbin import conditional_log_lik

    rng = np.random.default_rng(5)
    x, y, code = rng.normal(size=(40, 2)), rng.poisson(2, 40).astype(float), np.repeat(np.arange(10), 4)
    beta = np.array([0.2, -0.1])
    _, scores, hessian, _ = conditional_log_lik(beta, x, y, code)
    for index in range(2):
        step = np.eye(2)[index] * 1e-6
        up, down = conditional_log_lik(beta + step, x, y, code), conditional_log_lik(beta - step, x, y, code)
        assert (up[0] - down[0]) / 2e-6 == pytest.approx(scores.sum(axis=0)[index], rel=1e-6)
        assert np.allclose((up[1] - down[1]).sum(axis=0) / 2e-6, hessian[:, index], rtol=1e-5)


@pytest.mark.parametrize(
    ("estimator", "formula", "message"),
    [
        ("logit", "y ~ x1", "not binary"),
        ("logit", "always ~ x1", "is 1 in all"),
        ("probit", "binary ~ copy", "perfectly"),
        ("ologit", "binary ~ x1", "2 levels"),
        ("ologit", "y ~ x1", "not an ordered category"),
        ("poisson", "y ~ x1", "negative in"),
        ("poisson", "never ~ x1", "zero in all"),
        ("ivprobit", "binary ~ x1", "needs a formula part"),
        ("ivprobit", "binary ~ w | x1 + x2 ~ z1", "under-identified"),
        ("negbin", "even ~ w", "no overdispersion"),
    ],
)
def test_an_outcome_that_does_not_fit_the_model_is_refused(panel, estimator, formula, message):
    """Failure: a likelihood is maximised on an outcome it cannot have."""
    data = panel.assign(always=1, never=0, copy=panel.binary, even=2 + panel.index.to_numpy() % 2)
    with pytest.raises(EstimationError, match=message):
        run(estimator, data, formula)


def test_the_joint_probit_likelihood_is_the_one_in_statas_manual(panel):
    """Failure: Phi((xb + rho/sigma v) / sqrt(1 - rho^2)) phi(v/sigma)/sigma is not what is maximised."""
    from scipy.stats import norm

    from keytech.econometrics.ivprobit import _system, joint_likelihood
    from keytech.econometrics.sample import prepare

    specification = Specification(estimator="ivprobit", formula="binary ~ w | x1 ~ z1 + z2")
    system = _system(prepare(specification, panel.head(200)))[0]
    likelihood = joint_likelihood(system)
    theta = likelihood.start() * 1.05
    beta, _ = likelihood.structural(theta)
    rho = likelihood.correlation(theta)[0]["rho"]
    pi, sigma = theta[likelihood.slices["pi"]], theta[likelihood.slices["a"]][0] ** -0.5
    v = system.endog[:, 0] - system.z @ pi
    index = (system.regressors @ beta + rho / sigma * v) / np.sqrt(1 - rho**2)
    expected = norm.logcdf((2 * system.y - 1) * index).sum() + norm.logpdf(v, scale=sigma).sum()
    assert likelihood.total(theta)[0] == pytest.approx(expected, rel=1e-12)


def test_control_function_and_maximum_likelihood_agree_on_a_large_sample():
    """Failure: IV probit does not recover the planted coefficient 0.5 (u and v correlated 0.5)."""
    rng = np.random.default_rng(9)
    n = 20_000
    z, v = rng.normal(size=n), rng.normal(size=n)
    u = 0.5 * v + np.sqrt(0.75) * rng.normal(size=n)
    data = pd.DataFrame({"z": z, "x": z + v})
    data["y"] = (0.5 * data.x + u > 0).astype(int)
    result = run("ivprobit", data, "y ~ 1 | x ~ z")
    assert result["x"].estimate == pytest.approx(0.5, abs=0.03)
    assert result.statistics["rho"] == pytest.approx(0.5, abs=0.05)
    assert run("probit", data, "y ~ x")["x"].estimate > 0.55


@pytest.mark.parametrize("estimator", ["ols", "poisson", "logit", "probit", "negbin", "ologit"])
@pytest.mark.parametrize("effects", ["", " | industry"])
def test_a_model_without_regressors_is_estimated(panel, estimator, effects):
    """Failure: the null model of a comparison ends in a stack trace."""
    outcome = {"ols": "y", "logit": "binary", "probit": "binary", "ologit": "ordered"}.get(estimator, "over")
    data = panel.assign(over=np.random.default_rng(2).negative_binomial(1, 0.4, len(panel)))
    assert np.isfinite(run(estimator, data, f"{outcome} ~ 1{effects}").statistics["log_lik"])


@pytest.mark.parametrize("estimator", ["logit", "negbin", "ologit"])
def test_a_two_way_variance_that_is_not_positive_is_repaired_and_said(panel, estimator):
    """Failure: a standard error is NaN without a word (five years against 25 cities)."""
    outcome = {"logit": "binary", "ologit": "ordered"}.get(estimator, "over")
    data = panel.assign(
        over=np.random.default_rng(2).negative_binomial(1, 0.4, len(panel)), half=panel.year // 4
    )
    result = run(estimator, data, f"{outcome} ~ x1 + w + x2", vcov={"cluster": ["city", "half"]})
    assert result.coefficients["std_error"].notna().all()
    assert any("not positive semi-definite" in text for text in result.warnings)


def test_thresholds_do_not_depend_on_the_order_of_the_rows(panel):
    """Failure: the base of absorbed effects is the first row's level and not the smallest, so cuts move."""
    formula = "ordered ~ x1 | industry"
    first = run("ologit", panel, formula).coefficients["estimate"]
    again = run("ologit", panel.sample(frac=1, random_state=1), formula).coefficients["estimate"]
    assert np.allclose(first, again, rtol=1e-8)
    dummies = run("ologit", panel, "ordered ~ x1 + factor(industry)")
    assert dummies["cut1"].estimate == pytest.approx(first.iloc[1], rel=1e-8)


def test_frequency_weights_are_copies(panel):
    """Failure: fweights are not the data with every row repeated."""
    data = panel.assign(times=1 + panel.index % 3)
    copies = data.loc[data.index.repeat(data["times"])]
    for estimator, formula in (
        ("logit", "binary ~ x1 | city"),
        ("ols", "y ~ x1 | firm"),
        ("iv", "y ~ w | x1 ~ z1"),
    ):
        weighted = run(
            estimator, data, formula, vcov="hetero", weights="times", options={"weight_type": "frequency"}
        )
        expected = run(estimator, copies, formula, vcov="hetero")
        assert np.allclose(weighted.coefficients["std_error"], expected.coefficients["std_error"], rtol=1e-9)
        assert weighted.n_obs == expected.n_obs
        assert weighted.statistics["bic"] == pytest.approx(expected.statistics["bic"])


def test_a_level_that_predicts_perfectly_leaves_with_its_rows_as_in_statas_manual():
    """Failure: `logit foreign b3.repair` of [R] logit: 1.repair dropped, 10 rows not used, 48 left, -2.197225 (.7698003)."""
    cells = {1: (10, 0), 2: (27, 3), 3: (9, 9)}
    rows = [
        (level, value) for level, counts in cells.items() for value in (0, 1) for _ in range(counts[value])
    ]
    data = pd.DataFrame(rows, columns=["repair", "foreign"])
    result = run("logit", data, "foreign ~ i(repair, ref=3)")
    assert result.n_obs == 48
    assert result.sample["separated"] == 10
    assert result["repair::2"].estimate == pytest.approx(-2.197225, abs=5e-7)
    assert result["repair::2"].std_error == pytest.approx(0.7698003, abs=1e-7)
    assert any("repair::1 = 1 predicts outcome 0 perfectly" in text for text in result.warnings)


@pytest.mark.parametrize(
    ("rows", "separated", "term", "estimate"),
    [
        (
            "0,0,1,0 0,0,0,0 0,0,0,0 0,0,0,0 0,1,9,0 2,21,21,21 3,0,0,0 5,0,0,0 7,0,0,0 10,-18,-18,0",
            2,
            "x3",
            0.066,
        ),
        (
            "0,0,0,2,10 0,0,0,0,-2 0,0,0,0,6 0,0,0,4,5 0,1,0,0,3 2,0,0,0,3 2,0,0,0,4 2,0,0,-2,15 2,0,0,0,-7 "
            "4,0,0,-3,15 6,-3,-3,0,4 6,0,0,0,4",
            1,
            "(Intercept)",
            0.59095,
        ),
    ],
)
def test_separated_rows_are_those_that_ppmlhdfe_finds(rows, separated, term, estimate):
    """Failure: the two examples of ppmlhdfe's separation benchmarks; other packages diverge or report another number."""
    values = [[float(part) for part in row.split(",")] for row in rows.split()]
    data = pd.DataFrame(values, columns=["y", *[f"x{index}" for index in range(1, len(values[0]))]])
    result = run("poisson", data, "y ~ " + " + ".join(data.columns[1:]), vcov="hetero")
    assert result.sample["separated"] == separated
    assert result[term].estimate == pytest.approx(estimate, abs=5e-4 if estimate < 0.1 else 5e-6)
