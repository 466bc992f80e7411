"""What a stranger reads when a design cannot be estimated: one message per fault, never a number."""

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import EstimationError, estimate

STAGGERED = {"unit": "unit", "time": "time", "cohort": "cohort"}


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    unit, time = np.repeat(np.arange(30), 6), np.tile(np.arange(1, 7), 30)
    frame = pd.DataFrame({"unit": unit, "time": time, "cohort": np.array([0, 3, 5])[unit % 3], "one": 1})
    frame["d"] = (time + unit) % 2
    frame["group"], frame["x"], frame["y"] = unit % 2, rng.normal(size=180), rng.normal(size=180)
    return frame.assign(minus=-1.0, zero=0.0)


EVENT = ["callaway_santanna", "sun_abraham", "twfe_event_study", "imputation", "two_stage", "bacon"]
DESIGNS = [*EVENT, "dcdh"]
FAULTS = [
    *[(e, "y ~ 1", STAGGERED, {"sample": "time = 4"}, "period|singleton|imputed|variation") for e in DESIGNS],
    *[(e, "y ~ 1", {**STAGGERED, "cohort": "nobody"}, {}, "unknown column 'nobody'") for e in DESIGNS],
    *[(e, "y ~ 1 | unit + time | x ~ d", STAGGERED, {}, "instruments") for e in DESIGNS],
    *[(e, "y ~ 1", STAGGERED, {"vcov": {"cluster": ["one"]}}, "one cluster only|leave clusters") for e in DESIGNS],
    *[(e, "y ~ 1", {"unit": "unit", "time": "time", "treatment": "d"}, {}, "not absorbing") for e in EVENT],
    *[(e, "y ~ 1", STAGGERED, {"sample": "cohort = 0"}, "ever treated|variation") for e in DESIGNS],
    ("callaway_santanna", "y ~ 1", STAGGERED, {"sample": "cohort > 0"}, "use control_group: notyet"),
    ("callaway_santanna", "y ~ 1", STAGGERED, {"weights": "minus"}, "180 negative weights in 'minus'"),
    ("imputation", "y ~ 1", STAGGERED, {"weights": "minus"}, "180 negative weights"),
    ("bacon", "y ~ 1", STAGGERED, {"weights": "one"}, "bacon takes no weights"),
    ("bacon", "y ~ x", STAGGERED, {}, "bacon takes no covariates"),
    ("bacon", "y ~ 1", STAGGERED, {"sample": "time <> unit"}, "balanced panel: 6 units"),
    ("matching", "y ~ 1", {"treatment": "group"}, {}, "matching needs covariates"),
    ("matching", "y ~ x", {"treatment": "time"}, {}, "not binary"),
    ("ife", "y ~ x", {"unit": "unit", "time": "time", "factors": 6}, {}, "6 factors in a panel of 30 units and 6 periods"),
    ("group_difference", "y ~ x", {"group": "time"}, {}, "must have two values"),
    ("permutation", "y ~ x", {"treatment": "d"}, {}, "must be a term"),
    ("wild_bootstrap", "y ~ x", {"term": "x"}, {}, "needs one cluster variable"),
]  # fmt: skip


@pytest.mark.parametrize(("estimator", "formula", "options", "rest", "message"), FAULTS)
def test_a_fault_is_named(data, estimator, formula, options, rest, message):
    """Failure: a design that is none is estimated, or its message does not say what is wrong."""
    with pytest.raises(EstimationError, match=message):
        estimate({"estimator": estimator, "formula": formula, "options": options, **rest}, data)


def exposure(**changes):
    rng = np.random.default_rng(1)
    shares = pd.DataFrame({"unit": np.repeat(np.arange(30), 3), "sector": list("abc") * 30})
    shares["share"] = rng.dirichlet(np.ones(3), 30).ravel()
    shocks = pd.DataFrame({"sector": list("abc"), "shock": [1.0, -2.0, 0.5]})
    return {"unit": "unit", "shares": shares, "shocks": shocks} | {
        name: change(shares if name == "shares" else shocks) for name, change in changes.items()
    }


def test_repeated_shocks_are_refused(data):
    """Failure: the first of two shocks of a sector is taken in silence."""
    options = exposure(shocks=lambda table: pd.concat([table, table.head(1)]))
    with pytest.raises(EstimationError, match="table shocks repeats 1 sector cells"):
        estimate({"estimator": "shift_share", "formula": "y ~ bartik", "options": options}, data)


def test_shares_that_do_not_add_to_one_are_named_and_the_shock_level_needs_them(data):
    """Failure: incomplete shares pass without a word, or the shock-level estimate is another one than the unit-level."""
    options = exposure(shares=lambda table: table.assign(share=table["share"] * (1 + table["unit"]) / 40))
    result = estimate({"estimator": "shift_share", "formula": "y ~ bartik", "options": options}, data)
    assert any("not to one: control for their sum" in text for text in result.warnings)
    with pytest.raises(EstimationError, match="add the sum of shares as a control"):
        estimate(
            {"estimator": "shift_share", "formula": "y ~ bartik", "options": {**options, "se": "bhj"}}, data
        )
