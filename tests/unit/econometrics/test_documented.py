"""Every statistic and table that an estimator returns is explained on its page."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import estimate

PAGES = Path(__file__).parents[3] / "docs/methodology"
SHARED = ["ols", "iv", "index"]
STAGGERED = {"unit": "unit", "time": "time", "cohort": "cohort"}
HONEST = {"honest": "smoothness", "honest_grid": [0.0]}


def data() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    unit, time = np.repeat(np.arange(40), 6), np.tile(np.arange(1, 7), 40)
    frame = pd.DataFrame({"unit": unit, "time": time, "cohort": np.array([0, 4])[unit % 2], "city": unit % 8})
    for name in ("x", "z", "m", "k"):
        frame[name] = rng.normal(size=240)
    frame["treated"], frame["group"] = (rng.random(240) < 0.4).astype(int), unit % 2
    frame["d"] = ((time >= 4) & (frame["cohort"] > 0)) | ((unit == 3) & (time == 2))
    frame["d"], frame["amount"] = frame["d"].astype(int), rng.uniform(0.5, 2, 240)
    frame["y"] = frame["x"] + frame["k"] + frame["d"] + rng.normal(size=240) / 2
    return frame


def shift_share_tables() -> dict:
    rng = np.random.default_rng(1)
    shares = pd.DataFrame({"unit": np.repeat(np.arange(40), 3), "sector": list("abc") * 40})
    shares["share"] = rng.dirichlet(np.ones(3), 40).ravel()
    shocks = pd.DataFrame({"sector": list("abc"), "shock": [1.0, -2.0, 0.5]})
    return {"unit": "unit", "shares": shares, "shocks": shocks, "rotemberg": True}


CASES = [
    ("twfe_event_study", "twfe_event_study", "y ~ 1", {**STAGGERED, **HONEST}, ["unit"]),
    ("sun_abraham", "sun_abraham", "y ~ 1", {**STAGGERED, **HONEST}, ["unit"]),
    ("callaway_santanna", "callaway_santanna", "y ~ 1",
     {**STAGGERED, **HONEST, "aggregate": "dynamic", "base_period": "universal"}, None),
    ("imputation", "imputation", "y ~ 1", {**STAGGERED, "horizons": [-1, 0]}, None),
    ("two_stage", "two_stage", "y ~ 1", STAGGERED, None),
    ("bacon", "bacon", "y ~ 1", STAGGERED, None),
    ("dcdh", "dcdh", "y ~ 1", {"unit": "unit", "time": "time", "treatment": "d"}, None),
    ("ife", "ife", "y ~ x", {"unit": "unit", "time": "time", "factors": "ic", "max_factors": 1}, ["unit"]),
    ("matching", "matching", "y ~ x", {"treatment": "treated", "outcome_formula": "y ~ treated"}, None),
    ("permutation", "permutation", "y ~ d", {"treatment": "d", "draws": 20}, None),
    ("group_difference", "group_difference", "y ~ x", {"group": "group", "draws": 20}, None),
    ("wild_bootstrap", "wild_bootstrap", "y ~ x", {"term": "x", "draws": 20}, ["city"]),
    ("shift_share", "shift_share", "y ~ k | x ~ bartik", shift_share_tables(), None),
    ("production_function", "production_function", "",
     {"unit": "unit", "time": "time", "output": "y", "free": ["x", "m"], "state": "k", "proxy": "m", "markup": True,
      "markup_input": "x"}, None),
    ("relatedness", "relatedness", "", {"unit": "unit", "class": "city", "value": "amount"}, None),
    ("sensitivity", "oster", "y ~ x + z", {"term": "x"}, None),
    ("sensitivity", "leave_one_out", "y ~ x", {"term": "x", "cluster": "city"}, None),
    ("sensitivity", "specification_curve", "y ~ x", {"term": "x", "choices": {"vcov": ["iid", "hetero"]}}, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "estimator", "formula", "options", "cluster"), CASES, ids=[c[1] for c in CASES]
)
def test_what_is_returned_is_explained(page, estimator, formula, options, cluster):
    """Failure: a reader of result.json meets a name that the page of the estimator (or of ols, iv, index) does not have."""
    rest = {"vcov": {"cluster": cluster}} if cluster else {}
    result = estimate({"estimator": estimator, "formula": formula, "options": options, **rest}, data())
    text = "\n".join((PAGES / f"{name}.md").read_text("utf-8") for name in [page, *SHARED])
    known = set(re.findall(r"`([A-Za-z0-9_]+)", text))
    names = [name.split(".")[0] for name in result.statistics] + list(result.tables)
    missing = sorted({name for name in names if name not in known})
    assert not missing
