"""Two-stage least squares and its diagnostics: identities that must hold, and linearmodels where it serves."""

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import EstimationError, estimate


def iv(data, formula, **rest):
    return estimate({"estimator": "iv", "formula": formula, **rest}, data)


def test_the_wald_estimator_by_hand():
    """Failure: with a binary instrument 2SLS is not the ratio of mean differences, (8 - 3) / (3 - 1) = 2.5."""
    data = pd.DataFrame({"z": [0, 0, 1, 1], "x": [0.0, 2, 2, 4], "y": [2.0, 4, 7, 9]})
    assert iv(data, "y ~ 1 | x ~ z")["x"].estimate == pytest.approx(2.5)


@pytest.mark.parametrize("vcov", ["iid", "hetero", {"cluster": ["firm"]}, {"cluster": ["firm", "city"]}])
@pytest.mark.parametrize("weights", [None, "weight"])
def test_with_one_instrument_all_first_stage_statistics_agree(panel, vcov, weights):
    """Failure: KP F, effective F, excluded F and squared t of the first stage are not one number."""
    result = iv(panel, "y ~ w | firm + year | x1 ~ z1", vcov=vcov, weights=weights)
    stage = result.tables["first_stage"].set_index("term")
    expected = stage.loc["z1", "statistic"] ** 2
    for name in ("kp_rk_wald_f", "effective_f", "first_stage_f.x1"):
        assert result.statistics[name] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("kind", "vcov"), [("robust", "hetero"), ("clustered", {"cluster": ["firm"]})])
def test_two_endogenous_terms_equal_linearmodels(panel, kind, vcov):
    """Failure: coefficients, errors, Kleibergen-Paap or Cragg-Donald differ from the library made for them."""
    from linearmodels.iv import IV2SLS
    from linearmodels.iv.common import cragg_donald_f, kleibergen_paap, kleibergen_paap_f

    result = iv(panel, "y ~ w | x1 + x2 ~ z1 + z2 + z3", vcov=vcov)
    exog = panel[["w"]].assign(c=1.0)
    extra = {"clusters": panel.firm} if kind == "clustered" else {}
    reference = IV2SLS(panel.y, exog, panel[["x1", "x2"]], panel[["z1", "z2", "z3"]]).fit(
        cov_type=kind, debiased=True, **extra
    )
    for term in ("x1", "x2", "w"):
        assert result[term].estimate == pytest.approx(reference.params[term], rel=1e-9)
        assert result[term].std_error == pytest.approx(reference.std_errors[term], rel=1e-9)
    arrays = [panel[["x1", "x2"]].to_numpy(), panel[["z1", "z2", "z3"]].to_numpy(), exog.to_numpy()]
    config = {"clusters": panel.firm.to_numpy()} if kind == "clustered" else {}
    lm = kleibergen_paap(*arrays, kind, config)
    assert result.statistics["kp_rk_lm"] == pytest.approx(lm.stat, rel=1e-8)
    assert result.statistics["kp_rk_lm_p"] == pytest.approx(lm.pval, rel=1e-6)
    assert result.statistics["kp_rk_wald_f"] == pytest.approx(
        kleibergen_paap_f(*arrays, kind, config), rel=1e-8
    )
    assert result.statistics["cragg_donald_f"] == pytest.approx(cragg_donald_f(*arrays), rel=1e-8)


def test_absorbed_effects_equal_dummies(panel):
    """Failure: partialling out changes 2SLS or its statistics."""
    absorbed = iv(panel, "y ~ w | industry + year | x1 + x2 ~ z1 + z2 + z3", vcov="hetero")
    dummies = iv(panel, "y ~ w + factor(industry) + factor(year) | x1 + x2 ~ z1 + z2 + z3", vcov="hetero")
    for term in ("x1", "x2", "w"):
        assert absorbed[term].estimate == pytest.approx(dummies[term].estimate, rel=1e-9)
        assert absorbed[term].std_error == pytest.approx(dummies[term].std_error, rel=1e-9)
    names = ("kp_rk_lm", "kp_rk_wald_f", "cragg_donald_f", "hansen_j", "sw_f.x1", "anderson_rubin_f", "rmse")
    for name in names:
        assert absorbed.statistics[name] == pytest.approx(dummies.statistics[name], rel=1e-8), name


def test_ivreghdfe_counts_one_degree_less_than_reghdfe_when_an_effect_is_nested(panel):
    """Failure: the factor is not (N-1)/(N-K-a) G/(G-1)."""
    options = {"small_sample": "none"}
    formula, vcov = "y ~ w | firm + year | x1 ~ z1", {"cluster": ["firm"]}
    small, large = iv(panel, formula, vcov=vcov), iv(panel, formula, vcov=vcov, options=options)
    n, groups, years = small.n_obs, small.statistics["n_clusters"], panel.year.nunique()
    factor = (n - 1) / (n - 2 - (years - 1)) * groups / (groups - 1)
    assert small["x1"].std_error / large["x1"].std_error == pytest.approx(np.sqrt(factor), rel=1e-9)


def test_the_anderson_rubin_set_is_where_the_test_does_not_reject(panel):
    """Failure: the interval is not the inversion of the test; at its ends p must be 5 %."""
    result = iv(panel, "y ~ w | x1 ~ z1 + z3", vcov="hetero")
    for end in result.statistics["anderson_rubin_ci"]:
        moved = panel.assign(y=panel.y - end * panel.x1)
        assert iv(moved, "y ~ w | x1 ~ z1 + z3", vcov="hetero").statistics[
            "anderson_rubin_p"
        ] == pytest.approx(0.05, rel=1e-6)


def test_iid_overidentification_is_sargan_and_endogeneity_is_durbin(panel):
    """Failure: Sargan's n R2 and Durbin's difference of sums of squares are not reproduced."""
    from linearmodels.iv import IV2SLS

    result = iv(panel, "y ~ w | x1 ~ z1 + z3")
    fit = IV2SLS(panel.y, panel[["w"]].assign(c=1.0), panel[["x1"]], panel[["z1", "z3"]]).fit(
        cov_type="unadjusted"
    )
    assert result.statistics["hansen_j"] == pytest.approx(fit.sargan.stat, rel=1e-8)
    assert result.statistics["endogeneity_chi2"] == pytest.approx(fit.durbin().stat, rel=1e-8)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ w | x1 + x2 ~ z1", "under-identified: 2 endogenous terms"),
        ("y ~ w | x1 + x2 ~ z1 + zz", "under-identified"),
        ("y ~ w | firm | firmwide ~ z1", "firmwide"),
        ("y ~ w + x1 | x1 ~ z1", "both exogenous and endogenous"),
    ],
)
def test_a_model_that_is_not_identified_is_refused(panel, formula, message):
    """Failure: numbers without identification."""
    data = panel.assign(zz=2 * panel.z1, firmwide=panel.firm * 1.0)
    with pytest.raises(EstimationError, match=message):
        iv(data, formula)


def test_weak_instruments_are_said(panel):
    """Failure: a weak first stage passes without a warning."""
    data = panel.assign(noise=np.random.default_rng(1).normal(size=len(panel)))
    assert any("weak instruments" in text for text in iv(data, "y ~ w | x1 ~ noise").warnings)
