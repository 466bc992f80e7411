"""The wild bootstrap of 2SLS: single draws re-estimated from scratch, its twin on the reduced form, and its size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import EstimationError, estimate

GROUPS, ROWS, DRAWS = 9, 270, 5


def data(seed: int = 1, *, strength: float = 0.6, slope: float = 0.2) -> pd.DataFrame:
    """Rows in clusters g with effects f across them, an exogenous x, instruments z1, z2, endogenous w and w:m."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"g": np.arange(ROWS) % GROUPS, "f": np.arange(ROWS) // 30, "x": rng.normal(size=ROWS)}
    )
    z = rng.normal(size=(ROWS, 2)) + rng.normal(size=(GROUPS, 2))[frame["g"]]
    shock = rng.normal(size=ROWS) + rng.normal(size=GROUPS)[frame["g"]]
    frame["z1"], frame["z2"] = z.T
    frame["m"] = rng.normal(size=ROWS)
    frame["w"] = strength * z[:, 0] + 0.3 * z[:, 1] + 0.4 * frame["x"] + shock + rng.normal(size=ROWS)
    frame["y"] = 0.5 * frame["w"] + slope * frame["w"] * frame["m"] + frame["m"] + frame["x"] + shock
    return frame


def net(columns: np.ndarray, frame: pd.DataFrame, exogenous: list[str]) -> np.ndarray:
    """Residuals on effect dummies and exogenous terms."""
    design = np.column_stack([pd.get_dummies(frame["f"]).to_numpy(float), frame[exogenous]])
    return columns - design @ np.linalg.lstsq(design, columns, rcond=None)[0]


def two_stages(y: np.ndarray, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
    return np.linalg.lstsq(fitted, y, rcond=None)[0]


def redrawn(frame, exogenous, endogenous, instruments, at, null, impose, v) -> pd.DataFrame:
    """Outcome `y_` and endogenous `w0`, `w1` of one draw, as Davidson and MacKinnon write it, row by row."""
    y = net(frame["y"].to_numpy(), frame, exogenous)
    x, z = (
        np.column_stack([net(frame.eval(n), frame, exogenous) for n in names])
        for names in (endogenous, instruments)
    )
    beta = two_stages(y, x, z)
    if impose:
        others = [i for i in range(x.shape[1]) if i != at]
        beta[at] = null
        if others:
            beta[others] = two_stages(y - null * x[:, at], x[:, others], z)
    u = y - x @ beta
    regressors = np.column_stack([z, u])
    pi = np.linalg.lstsq(regressors, x, rcond=None)[0][:-1]
    weight = v[frame["g"].to_numpy()]
    drawn = z @ pi + (x - z @ pi) * weight[:, None]
    out = frame.assign(y_=drawn @ beta + u * weight)
    for i in range(x.shape[1]):
        out[f"w{i}"] = drawn[:, i]
    return out


DESIGNS = {
    "just identified": (["x"], ["w"], ["z1"]),
    "two instruments": (["x"], ["w"], ["z1", "z2"]),
    "two endogenous": (["x", "m"], ["w", "w * m"], ["z1", "z1 * m"]),
}


@pytest.mark.parametrize("impose", [True, False])
@pytest.mark.parametrize("name", DESIGNS)
def test_a_draw_is_what_re_estimation_gives(name, impose):
    """A failure means that the products of cluster sums are not the 2SLS t statistics of the redrawn data."""
    exogenous, endogenous, instruments = DESIGNS[name]
    frame = data()
    v = np.random.default_rng(2).choice([-1.0, 1.0], (GROUPS, DRAWS))
    draws = pd.DataFrame(v, columns=[f"d{i}" for i in range(DRAWS)]).assign(g=range(GROUPS))
    terms = [n.replace(" * ", ":") for n in endogenous]
    formula = f"y ~ {' + '.join(exogenous)} | f | {' + '.join(terms)} ~ {' + '.join(n.replace(' * ', ':') for n in instruments)}"
    null, vcov = 0.1, {"cluster": ["g"]}
    options = {"term": terms[-1], "null": null, "impose_null": impose, "draws_file": draws}
    result = estimate(
        {"estimator": "wild_bootstrap_iv", "formula": formula, "vcov": vcov, "options": options}, frame
    )
    last = len(endogenous) - 1
    for i, t in enumerate(result.tables["draws"]["t"]):
        again = redrawn(frame, exogenous, endogenous, instruments, last, null, impose, v[:, i])
        names = " + ".join(f"w{k}" for k in range(len(endogenous)))
        said = f"y_ ~ {' + '.join(exogenous)} | f | {names} ~ {' + '.join(n.replace(' * ', ':') for n in instruments)}"
        mine = estimate({"estimator": "iv", "formula": said, "vcov": vcov}, again)[f"w{last}"]
        centre = null if impose else result[terms[-1]]["estimate"]
        assert t == pytest.approx((mine["estimate"] - centre) / mine["std_error"], rel=1e-6)


def test_anderson_rubin_of_no_effect_is_the_bootstrap_of_the_reduced_form():
    """A failure means that with one instrument the two tests of zero, which are one test, differ."""
    frame, vcov = data(), {"cluster": ["g"]}
    both = {"draws": 512, "seed": 3}
    iv = estimate(
        {
            "estimator": "wild_bootstrap_iv",
            "formula": "y ~ x | f | w ~ z1",
            "vcov": vcov,
            "options": {"term": "w", **both},
        },
        frame,
    )
    reduced = estimate(
        {
            "estimator": "wild_bootstrap",
            "formula": "y ~ z1 + x | f",
            "vcov": vcov,
            "options": {"term": "z1", **both},
        },
        frame,
    )
    assert iv.statistics["anderson_rubin_bootstrap_p"] == reduced.statistics["bootstrap_p"]


def test_the_interval_holds_exactly_the_nulls_that_are_not_rejected():
    """A failure means that the interval does not invert the test, for t or for Anderson-Rubin."""
    frame = data()
    said = {"estimator": "wild_bootstrap_iv", "formula": "y ~ x | f | w ~ z1", "vcov": {"cluster": ["g"]}}
    whole = estimate({**said, "options": {"term": "w", "draws": 512}}, frame).statistics
    width = whole["bootstrap_ci_high"] - whole["bootstrap_ci_low"]
    for step, kept in ((0.02, True), (-0.02, False)):
        null = whole["bootstrap_ci_low"] + step * width
        inner = estimate({**said, "options": {"term": "w", "draws": 512, "null": null}}, frame).statistics
        assert (inner["bootstrap_p"] > 0.05) is kept
        null = whole["anderson_rubin_bootstrap_ci_low"] + step * width
        inner = estimate({**said, "options": {"term": "w", "draws": 512, "null": null}}, frame).statistics
        assert (inner["anderson_rubin_bootstrap_p"] > 0.05) is kept


def test_the_size_under_a_weak_instrument_is_near_nominal():
    """A failure means that a true null is rejected in over 15 % of 60 worlds of nine clusters (5 % plus 3.5 errors)."""
    said = {"estimator": "wild_bootstrap_iv", "formula": "y ~ x + m | f | w ~ z1", "vcov": {"cluster": ["g"]}}
    said["options"] = {"term": "w", "draws": 199, "null": 0.5}
    rejected = np.zeros((60, 2))
    for seed in range(len(rejected)):
        result = estimate(said, data(100 + seed, strength=0.3, slope=0.0)).statistics
        rejected[seed] = result["bootstrap_p"] < 0.05, result["anderson_rubin_bootstrap_p"] < 0.05
    assert rejected.mean(axis=0).max() < 0.15


def test_an_exogenous_term_is_refused():
    """A failure means that the bootstrap of an ordinary coefficient is taken for one of 2SLS."""
    said = {"estimator": "wild_bootstrap_iv", "formula": "y ~ x | f | w ~ z1", "vcov": {"cluster": ["g"]}}
    with pytest.raises(EstimationError, match="not endogenous"):
        estimate({**said, "options": {"term": "x"}}, data())
