"""Interactive effects, matching, shift-share, production functions, relatedness, sensitivity."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import EstimationError, estimate
from keytech.econometrics.relatedness import proximity, rta
from keytech.econometrics.sensitivity import _bias_polynomial, oster_bounds
from keytech.simulate import industry_production as production


def run(estimator, data, formula="", options=None, **rest):
    return estimate({"estimator": estimator, "formula": formula, "options": options or {}, **rest}, data)


def factor_panel(seed=0, n=60, t=15, noise=0.5):
    rng = np.random.default_rng(seed)
    loading, factor = rng.normal(size=(n, 1)) + 1, rng.normal(size=(t, 1)) + 1
    x = rng.normal(size=(n, t)) + loading @ factor.T
    y = 2 * x + 3 * loading @ factor.T + noise * rng.normal(size=(n, t))
    index = np.indices((n, t)).reshape(2, -1)
    return pd.DataFrame({"unit": index[0], "time": index[1], "y": y.ravel(), "x": x.ravel()})


FACTORS = {"unit": "unit", "time": "time"}


def test_without_noise_the_factor_model_is_exact():
    """Failure: Bai's iteration does not reach the solution that fits perfectly."""
    result = run("ife", factor_panel(noise=1e-8), "y ~ 0 + x", {**FACTORS, "factors": 1})
    assert result["x"].estimate == pytest.approx(2, abs=1e-6)


def test_no_factors_and_two_way_effects_are_least_squares():
    """Failure: zero factors is not the two-way regression."""
    data = factor_panel()
    ife = run("ife", data, "y ~ x", {**FACTORS, "factors": 0, "effects": "twoway"})
    direct = run("ols", data, "y ~ x | unit + time")
    assert ife["x"].estimate == pytest.approx(direct["x"].estimate)
    assert ife["x"].std_error == pytest.approx(direct["x"].std_error)


@pytest.mark.parametrize("effects", ["none", "unit", "twoway"])
def test_the_factor_fit_of_a_panel_with_gaps_is_the_least_squares_one(effects):
    """Failure: with missing cells the coefficient is not that of a general minimiser over effects, loadings and factors."""
    from scipy.optimize import least_squares

    data = factor_panel(3, n=20, t=12).sample(frac=0.9, random_state=2).sort_index()
    y, x, unit, time = (data[name].to_numpy() for name in ("y", "x", "unit", "time"))
    result = run("ife", data, "y ~ 0 + x", {**FACTORS, "factors": 1, "effects": effects})

    def residual(theta):
        own, loading, period, factor = np.split(theta[1:], [20, 40, 52])
        both = own[unit] * (effects != "none") + period[time] * (effects == "twoway")
        return y - theta[0] * x - loading[unit] * factor[time] - both

    start = np.concatenate([[result["x"].estimate], np.zeros(20), np.ones(20), np.zeros(12), np.ones(12)])
    found = least_squares(residual, start, xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=5000)
    assert result.statistics["rss"] == pytest.approx(2 * found.cost, rel=1e-6)
    assert result["x"].estimate == pytest.approx(found.x[0], abs=1e-4)


def test_the_lowest_of_several_minima_is_reported():
    """Failure: on cigarette sales (one factor) the coefficients stay where least squares started, at 8.86 instead of 7.23."""
    data = pd.read_csv(Path(__file__).parents[2] / "parity/data/cigar.csv")
    result = run("ife", data, "lsales ~ 0 + lrprice + lrndi", {"unit": "state", "time": "year", "factors": 1})
    assert result.statistics["rss"] == pytest.approx(7.234460927517, rel=1e-8)
    assert any("local minima" in text for text in result.warnings)


def test_factor_errors_cover_and_the_criterion_finds_the_number():
    """Failure: iid intervals cover far from 95 % in 100 samples, or IC picks another number of factors."""
    covered = 0
    for seed in range(100):
        result = run("ife", factor_panel(seed), "y ~ 0 + x", {**FACTORS, "factors": "ic", "max_factors": 3})
        assert result.statistics["n_factors"] == 1
        covered += result["x"].ci_low <= 2 <= result["x"].ci_high
    assert 88 <= covered <= 100


MATCH = pd.DataFrame(
    {"d": [1, 1, 0, 0, 0, 1, 0, 0], "x": [1.0, 2, 1.1, 1.9, 5, 0.2, 0.1, 3], "y": [5.0, 7, 2, 4, 9, 3, 1, 6]}
)


def test_matching_by_hand():
    """Failure: nearest neighbours on a score that orders as x are not (0,2), (1,3), (5,6): mean of 3, 3, 2."""
    result = run("matching", MATCH, "y ~ x", {"treatment": "d"})
    assert result["ATT"].estimate == pytest.approx((3 + 3 + 2) / 3)
    assert result.tables["matches"][["treated_row", "control_row"]].to_numpy().tolist() == [
        [0, 2],
        [1, 3],
        [5, 6],
    ]


def test_the_weighted_regression_on_a_dummy_is_the_matched_difference(panel):
    """Failure: matching weights are lost on the way into the regression."""
    result = run(
        "matching",
        panel,
        "y ~ w + z1",
        {"treatment": "binary", "outcome_formula": "y ~ binary"},
        vcov="hetero",
    )
    assert result["binary"].estimate == pytest.approx(result.statistics["att"])


def test_calipers_and_replacement_leave_rows_out_and_count_them(panel):
    """Failure: rows beyond the caliper stay, or a control is used twice without replacement."""
    tight = run("matching", panel, "y ~ w + x1", {"treatment": "binary", "caliper": 1e-4})
    assert tight.statistics["n_treated_matched"] < tight.statistics["n_treated"]
    once = run("matching", panel, "y ~ w + x1", {"treatment": "binary", "replacement": False})
    assert not once.tables["matches"]["control_row"].duplicated().any()
    assert sum(once.sample[key] for key in ("missing", "separated", "unmatched", "used")) == len(panel)


def shift_share_tables(seed=1, n=200, sectors=15):
    rng = np.random.default_rng(seed)
    shares, shocks = rng.dirichlet(np.ones(sectors), n), rng.normal(size=sectors)
    names = [f"s{i}" for i in range(sectors)]
    data = pd.DataFrame({"unit": range(n), "c": rng.normal(size=n)})
    data["x"] = shares @ shocks + 0.3 * rng.normal(size=n)
    data["y"] = 2 * data.x + data.c + rng.normal(size=n) / 2
    wide = pd.DataFrame(shares, columns=names).assign(unit=range(n))
    return data, wide, pd.DataFrame({"sector": names, "shock": shocks})


def test_shift_share_estimates_agree_and_rotemberg_adds_up():
    """Failure: unit-level 2SLS, shock-level 2SLS and the Rotemberg average are not one number."""
    data, shares, shocks = shift_share_tables()
    options = {"unit": "unit", "shares": shares, "shocks": shocks, "rotemberg": True}
    plain = data.assign(z=shares.drop(columns="unit").to_numpy() @ shocks.shock.to_numpy())
    direct = run("iv", plain, "y ~ c | x ~ z")["x"].estimate
    for se in ("akm", "akm0", "bhj", "regression"):
        result = run("shift_share", data, "y ~ c | x ~ bartik", {**options, "se": se}, vcov="hetero")
        assert result["x"].estimate == pytest.approx(direct, rel=1e-9)
        table = result.tables["rotemberg"]
        assert table.weight.sum() == pytest.approx(1)
        assert table.weight @ table.estimate == pytest.approx(direct, rel=1e-9)


def test_akm_errors_by_the_formula():
    """Failure: the AKM error is not the root of sum (hX W'e)^2 over |X'd|; akm0's set does not invert its test."""
    data, shares, shocks = shift_share_tables()
    options = {"unit": "unit", "shares": shares, "shocks": shocks}
    w = shares.drop(columns="unit").to_numpy()
    controls = np.column_stack([np.ones(len(data)), data.c])
    net = lambda v: v - controls @ np.linalg.lstsq(controls, v, rcond=None)[0]  # noqa: E731
    y, d, x = net(data.y.to_numpy()), net(data.x.to_numpy()), net(w @ shocks.shock.to_numpy())
    beta = x @ y / (x @ d)
    score = np.linalg.lstsq(w, x, rcond=None)[0] * (w.T @ (y - beta * d))
    akm = run("shift_share", data, "y ~ c | x ~ bartik", options)["x"]
    assert akm.std_error == pytest.approx(np.sqrt(score @ score) / abs(x @ d), rel=1e-9)
    end = run("shift_share", data, "y ~ c | x ~ bartik", {**options, "se": "akm0"})["x"].ci_high
    moved = data.assign(y=data.y - end * data.x)
    assert run("shift_share", moved, "y ~ c | x ~ bartik", {**options, "se": "akm0"})[
        "x"
    ].p_value == pytest.approx(0.05, rel=1e-6)


def test_a_shock_without_a_sector_is_named():
    """Failure: a missing shock becomes zero in silence."""
    data, shares, shocks = shift_share_tables()
    long = shares.melt("unit", var_name="sector", value_name="share")
    with pytest.raises(EstimationError, match="s3"):
        run(
            "shift_share",
            data,
            "y ~ bartik",
            {"unit": "unit", "shares": long, "shocks": shocks[shocks.sector != "s3"]},
        )


def test_leaving_the_own_unit_out_by_hand():
    """Failure: the national growth still contains the own unit: (2+3)/2, (1+3)/2, (1+2)/2."""
    from keytech.econometrics.shift_share import bartik

    shares = pd.DataFrame({"unit": [1, 2, 3], "sector": "a", "share": 1.0})
    shocks = pd.DataFrame({"unit": [1, 2, 3], "sector": "a", "shock": [1.0, 2, 3]})
    found = bartik(shares, shocks, pd.DataFrame({"unit": [1, 2, 3]}), unit="unit", leave_one_out=True)
    assert found.tolist() == [2.5, 2.0, 1.5]


def production_panel(seed, n=400, periods=8):
    """Labour is chosen before the productivity shock, capital a period ahead; y = .6 l + .4 k + omega + e."""
    rng = np.random.default_rng(seed)
    omega, k, wage = rng.normal(size=n) * 0.3, rng.normal(size=n) * 0.5 + 1, rng.normal(size=n) * 0.2
    rows = []
    for t in range(periods + 10):
        lag, omega = omega, 0.7 * omega + 0.2 * rng.normal(size=n)
        wage = 0.5 * wage + 0.3 * rng.normal(size=n)
        k = 0.8 * k + 0.2 * (1 + lag + 0.4 * rng.normal(size=n)) + 0.05 * rng.normal(size=n)
        labour = (np.log(0.6) + 0.4 * k + 0.7 * lag - wage) / 0.4 + 0.3 * rng.normal(size=n)
        m = 0.5 * k + 0.4 * labour + omega
        y = 0.6 * labour + 0.4 * k + omega + 0.1 * rng.normal(size=n)
        if t >= 10:
            rows.append(pd.DataFrame({"firm": np.arange(n), "year": t, "y": y, "l": labour, "k": k, "m": m}))
    return pd.concat(rows, ignore_index=True)


INPUTS = {"unit": "firm", "time": "year", "output": "y", "free": "l", "state": "k", "proxy": "m"}


@pytest.mark.slow
def test_acf_finds_the_planted_elasticities():
    """Failure: biased by more than its own noise over 12 samples, or the spurious root (l near 1) is taken."""
    found = [
        run("production_function", production_panel(seed), options=INPUTS).coefficients for seed in range(12)
    ]
    labour = np.array([table.estimate[0] for table in found])
    capital = np.array([table.estimate[1] for table in found])
    assert labour.mean() == pytest.approx(0.6, abs=0.03)
    assert capital.mean() == pytest.approx(0.4, abs=0.06)
    claimed = np.mean([table.std_error[0] for table in found])
    assert 0.4 < labour.std() / claimed < 2.5


def test_a_markup_is_the_elasticity_over_the_corrected_share():
    """Failure: De Loecker and Warzynski's ratio is another one."""
    data = production_panel(3)
    result = run(
        "production_function",
        data,
        options={**INPUTS, "free": ["l", "m"], "markup": True, "markup_input": "l"},
    )
    table = result.tables["markup"]
    assert np.allclose(table.markup, table.elasticity / table.share)
    assert table.share.gt(0).all()


def translog_firms(seed, firms=1000, years=8):
    """Firms of the simulator's economy: translog with materials, markups that follow exports, owners and size."""
    rng = np.random.default_rng(seed)
    firm, year = np.repeat(np.arange(firms), years), np.tile(np.arange(2000, 2000 + years), firms)
    level = rng.normal(size=(2, firms))[:, firm]
    labour = 5.25 + 1.05 * level[0] + 0.2 * rng.normal(size=len(firm))
    capital = labour + 3.95 + 1.25 * level[1] + 0.4 * rng.normal(size=len(firm))
    omega = production.productivity(firm, year, rng.normal(size=firms), rng.normal(size=len(firm)))
    exporter, foreign = (rng.random(firms) < 0.30)[firm], (rng.random(firms) < 0.31)[firm]
    exported = np.where(exporter, 0.8 * rng.beta(1.6, 3.2, len(firm)), 0.0)
    log_markup = production.log_markup(labour, exporter, foreign, exported)
    made = production.produce(
        production.technology(pd.Series(["35"] * len(firm))), labour, capital, omega, log_markup
    )
    y = made["output"] + rng.normal(0, production.ERROR, len(firm))
    data = pd.DataFrame(
        {"firm": firm, "year": year, "y": y, "exporter": 1.0 * exporter, "foreign": 1.0 * foreign}
    )
    return data.assign(
        l=labour - labour.mean(), k=capital - capital.mean(), m=made["material"] - made["material"].mean(),
        share=np.exp(made["material"] - y), exported=exported, markup=np.exp(log_markup), theta=made["elasticity"],
    )  # fmt: skip


MARKUP = {
    "unit": "firm", "time": "year", "output": "y", "free": ["l", "m"], "state": "k", "proxy": "m", "form": "translog",
    "markup": True, "expenditure_share": "share", "time_effects": True, "free_timing": "current", "starts": 3,
    "controls": ["exporter", "foreign", "exported"],
}  # fmt: skip


def test_markups_of_an_economy_with_known_elasticities_are_recovered():
    """Failure: mean elasticity of materials off by 2 %, or firm markups correlate under 0.95 (measured: 0.5 %, 0.97)."""
    bias, related = [], []
    for seed in (1, 2, 3, 4):
        data = translog_firms(seed)
        found = run("production_function", data, options=MARKUP).tables["markup"].set_index("row")
        bias.append(found["elasticity"].mean() / data["theta"].mean() - 1)
        related.append(np.corrcoef(found["markup"].reindex(data.index), data["markup"])[0, 1])
    assert abs(np.mean(bias)) < 0.02 and np.abs(bias).max() < 0.04
    assert min(related) > 0.95


@pytest.mark.slow
def test_errors_of_overidentified_production_functions_are_those_of_repeated_samples():
    """Failure: the sandwich with more moments than coefficients is off by more than a factor of two."""
    found = [
        run("production_function", translog_firms(s, 250), options=MARKUP).coefficients for s in range(24)
    ]
    spread = np.std([table["estimate"] for table in found], axis=0)[:3]
    claimed = np.mean([table["std_error"] for table in found], axis=0)[:3]
    assert (spread / claimed > 0.5).all() and (spread / claimed < 2).all()


def test_advantage_and_proximity_by_hand():
    """Failure: RTA or proximity of a 2 x 2 table is wrong (share 1/2 over 1/3; one of two classes shared)."""
    values = np.array([[1.0, 1.0], [0.0, 1.0]])
    assert np.allclose(rta(values), [[1.5, 0.75], [0.0, 1.5]])
    omega = proximity(np.array([[True, True], [False, True]]))
    assert np.allclose(omega, [[0, 0.5], [0.5, 0]])


def test_relatedness_writes_three_tables():
    """Failure: rta, proximity or relatedness is missing or not named by the caller's columns."""
    data = pd.DataFrame({"firm": [1, 1, 2, 2, 3], "ipc": list("ABABB"), "n": [4, 1, 1, 3, 2]})
    result = run("relatedness", data, options={"unit": "firm", "class": "ipc", "value": "n"})
    assert list(result.tables) == ["rta", "proximity", "relatedness"]
    assert list(result.tables["proximity"].columns) == ["ipc", "ipc_other", "proximity"]


def test_oster_with_proportional_selection_removes_the_bias():
    """Failure: with delta = 1 and the true r_max the planted coefficient is not recovered (large sample)."""
    rng = np.random.default_rng(4)
    n = 200_000
    seen, unseen = rng.normal(size=n), rng.normal(size=n)
    x = 0.5 * seen + 0.5 * unseen + rng.normal(size=n)
    y = x + seen + unseen
    data = pd.DataFrame({"x": x, "y": y, "seen": seen})
    result = run("oster", data, "y ~ x + seen", {"term": "x", "r_max": 1.0})
    assert result.statistics["oster_beta"] == pytest.approx(1.0, abs=0.02)
    assert abs(result.statistics["beta_long"] - 1.0) > 0.1


def test_the_oster_delta_is_where_the_adjusted_coefficient_is_zero():
    """Failure: delta and the bias-adjusted coefficient contradict each other."""
    arguments = {
        "b0": 1.4,
        "r0": 0.3,
        "b1": 1.2,
        "r1": 0.5,
        "var_y": 4.0,
        "var_x": 2.0,
        "tau": 1.5,
        "r_max": 0.65,
    }
    _, delta = oster_bounds(**arguments, delta=1.0)
    gap, explained, unexplained = 0.2, 0.2 * 4.0, 0.15 * 4.0
    cubic = _bias_polynomial(gap, explained, unexplained, 2.0, 1.5, delta)
    assert np.polyval(cubic, 1.2) == pytest.approx(0, abs=1e-9)


def test_a_choice_of_a_curve_may_replace_formula_and_term_together(panel):
    """A failure means that designs with differently named effects cannot share a curve, or report another term's effect."""
    designs = [{"formula": f"y ~ {x}", "term": x} for x in ("x1", "x2")]
    result = run("specification_curve", panel, "y ~ x1", {"term": "x1", "choices": {"design": designs}})
    alone = sorted(run("ols", panel, f"y ~ {x}", {})[x].estimate for x in ("x1", "x2"))
    np.testing.assert_allclose(result.coefficients["estimate"], alone)


def test_a_specification_curve_reports_every_choice(panel):
    """Failure: a combination is lost or a failing one stops the others."""
    choices = {
        "formula": ["y ~ x1", "y ~ x1 + w | year"],
        "vcov": ["iid", "hetero"],
        "sample": ["year > 2001", "year > 3000"],
    }
    result = run("specification_curve", panel, "y ~ x1", {"term": "x1", "choices": choices})
    assert result.statistics["n_specifications"] == 4
    assert result.statistics["n_failed"] == 4


def test_leave_one_cluster_out_drops_each_once(panel):
    """Failure: a cluster is skipped or its rows stay."""
    result = run("leave_one_out", panel, "y ~ x1 | year", {"term": "x1", "cluster": "industry"})
    direct = run("ols", panel[panel.industry != 3], "y ~ x1 | year")["x1"].estimate
    assert result["x1 without 3"].estimate == pytest.approx(direct)
    assert len(result.coefficients) == 1 + panel.industry.nunique()
