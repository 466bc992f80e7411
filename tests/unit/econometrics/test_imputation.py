"""Imputation and two-stage: dense algebra, weights, covariates, further effects, rows that cannot be imputed."""

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import EstimationError, estimate

PANEL = {"unit": "unit", "time": "time", "cohort": "cohort"}


def run(estimator, data, formula="y ~ 1", **rest):
    options = {**PANEL, **rest.pop("options", {})}
    return estimate({"estimator": estimator, "formula": formula, "options": options, **rest}, data)


def panel(seed=1, units=30, periods=6, effect=1.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(1, periods + 1), units)
    cohort = np.array([0, 3, 5])[unit % 3]
    data = pd.DataFrame({"unit": [f"企业{u}" for u in unit], "time": time, "cohort": cohort})
    data["x"], data["w"] = rng.normal(size=len(data)), rng.uniform(0.3, 3, len(data))
    data["city"], data["sector"] = unit % 10, unit % 2
    data["d"] = (cohort > 0) & (time >= cohort)
    data["y"] = rng.normal(size=units)[unit] + 0.3 * time + 0.7 * data["x"] + effect * data["d"]
    return data.assign(y=data["y"] + rng.normal(size=len(data)))


def dense(data: pd.DataFrame, columns: list[pd.Series], weight: np.ndarray, horizon: int | None):
    """Point estimate, BJS and Gardner errors by pseudo-inverses of the dummy matrix."""
    dummies = [pd.get_dummies(column, dtype=float) for column in columns]
    z = np.column_stack([data["x"], *dummies])
    treated, y = data["d"].to_numpy(), data["y"].to_numpy()
    z0, w0 = z[~treated], weight[~treated]
    inverse = np.linalg.pinv((z0 * w0[:, None]).T @ z0)
    left = y - z @ inverse @ (z0 * w0[:, None]).T @ y[~treated]
    relative = data["time"] - data["cohort"]
    chosen = treated if horizon is None else treated & (relative == horizon).to_numpy()
    v = np.where(chosen, weight, 0) / weight[chosen].sum()
    estimate_ = v @ left
    v_all = v.copy()
    v_all[~treated] = -(z0 * w0[:, None]) @ inverse @ z.T @ v
    both = []
    for centre in (None, estimate_):
        mean = np.zeros(len(y))
        for _, rows in data[treated].groupby(["cohort", "time"]).groups.items():
            share = v[rows] ** 2
            mean[rows] = (
                (share @ left[rows] / share.sum() if share.sum() else 0.0) if centre is None else centre
            )
        score = pd.Series(v_all * (left - mean)).groupby(data["unit"].to_numpy()).sum()
        both.append(float(np.sqrt(score @ score)))
    return estimate_, *both


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("formula", ["y ~ x", "y ~ x | unit + sector^time"])
@pytest.mark.parametrize("horizon", [None, 1])
def test_estimate_and_both_errors_are_those_of_dense_algebra(weighted, formula, horizon):
    """Failure: the sparse solution, the weights or further effects give another number than the printed formulas."""
    data = panel().sample(frac=0.9, random_state=3).sort_index().reset_index(drop=True)
    columns = [data["unit"], data["time"]]
    if "sector" in formula:
        columns[1] = data["time"] * 10 + data["sector"]
    weight = data["w"].to_numpy() if weighted else np.ones(len(data))
    point, imputation, two_stage = dense(data, columns, weight, horizon)
    for estimator, error in (("imputation", imputation), ("two_stage", two_stage)):
        options = {"horizons": [1]}
        result = run(estimator, data, formula, weights="w" if weighted else None, options=options)
        row = result["ATT" if horizon is None else "horizon::1"]
        assert row.estimate == pytest.approx(point, rel=1e-9)
        assert row.std_error == pytest.approx(error, rel=1e-7)


def test_leads_are_the_regression_of_untreated_rows_on_their_dummies():
    """Failure: pre-trend coefficients of the imputation are not those of the regression that defines them."""
    data = panel()
    result = run("imputation", data, "y ~ x", options={"horizons": [-2, -1, 0]})
    before = data[~data["d"]].assign(relative=data["time"] - data["cohort"])
    for lead in (1, 2):
        before[f"lead{lead}"] = ((before["relative"] == -lead) & (before["cohort"] > 0)).astype(float)
    direct = estimate(
        {"estimator": "ols", "formula": "y ~ lead2 + lead1 + x | unit + time", "vcov": {"cluster": ["unit"]}},
        before,
    )
    for lead in (1, 2):
        assert result[f"horizon::-{lead}"].estimate == pytest.approx(direct[f"lead{lead}"].estimate)
        assert result[f"horizon::-{lead}"].std_error == pytest.approx(direct[f"lead{lead}"].std_error)


def test_rows_without_an_untreated_counterpart_leave_and_are_counted():
    """Failure: an always-treated unit or a period in which all are treated enters with an arbitrary prediction."""
    data = panel()
    data.loc[data["unit"] == "企业1", "cohort"] = 1
    everyone = data[(data["cohort"] > 0) | (data["time"] < 6)]
    result = run("imputation", everyone, options={"horizons": [0, 40]})
    assert result.sample["always_treated"] == 6
    assert result.sample["not_imputed"] == 19
    account = {k: v for k, v in result.sample.items() if k not in ("rows_in", "clusters")}
    assert sum(account.values()) == result.sample["rows_in"]
    assert any("horizon 40 does not occur" in text for text in result.warnings)


def test_untreated_rows_in_separate_parts_are_refused():
    """Failure: a treated row between unconnected units and periods gets a minimum-norm prediction in silence."""
    rows = [("a", 1, 0), ("a", 2, 0), ("b", 3, 5), ("b", 4, 5), ("b", 5, 5), ("c", 5, 0), ("c", 6, 0)]
    data = pd.DataFrame(rows, columns=["unit", "time", "cohort"]).assign(y=np.arange(7.0))
    with pytest.raises(EstimationError, match="unconnected"):
        run("imputation", data)


@pytest.mark.parametrize("estimator", ["imputation", "two_stage", "callaway_santanna", "sun_abraham"])
def test_intervals_cover_the_planted_effect(estimator):
    """Failure: 95 % intervals of the average effect cover fewer than 86 or all of 100 samples with 60 units."""
    vcov = {"vcov": {"cluster": ["unit"]}} if estimator == "sun_abraham" else {}
    inside = 0
    for seed in range(100):
        row = run(estimator, panel(seed, units=60), **vcov)["ATT"]
        inside += row.ci_low <= 1.0 <= row.ci_high
    assert 86 <= inside <= 99
