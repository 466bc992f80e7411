"""The survey of the synthetic economy has the margins of the paper and carries its logit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from keytech.simulate import survey, survey_design
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def state():
    return survey.build(World(seed=20261120, scale=1.0, project=PROJECT))


def _logit(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    beta = np.zeros(x.shape[1])
    for _ in range(10):
        p = expit(x @ beta)
        information = x.T @ ((p * (1 - p))[:, None] * x)
        beta = beta + np.linalg.solve(information, x.T @ (y - p))
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


def test_every_margin_of_table_1_is_met_exactly(state):
    """A failure means that the simulated respondents are not those of the paper's Table 1."""
    panel = state.panel
    assert len(panel) == 777
    assert panel["city"].value_counts().to_dict() == {"广州": 350, "长春": 187, "杭州": 142, "义乌": 98}
    assert panel["support_network"].value_counts().to_dict() == {1: 381, 2: 140, 0: 138, 3: 118}
    sums = panel[
        ["education", "cumulative_network", "participation_behaviour", "participation_cognition"]
    ].sum()
    assert sums.tolist() == [725, 195, 79, 323]
    assert round(panel["age"].mean(), 1) == 35.4
    assert round(panel["interethnic_willingness"].mean(), 1) == 3.8


def test_positives_are_those_that_the_printed_log_likelihoods_imply(state):
    """A failure means that the pseudo R2 of Table 2 could not be reproduced from this sample (methods.md 3.5)."""
    by_group = state.panel.groupby("city_group")[
        ["stay_intent_transnational", "stay_intent_postarrival"]
    ].sum()
    assert by_group["stay_intent_transnational"].to_dict() == {"changchun": 111, "south": 421}
    assert by_group.loc["changchun", "stay_intent_postarrival"] == 102


def test_scores_decide_the_softmax_class_and_ties_are_home(state):
    """A failure means that the drawn answers contradict the class they were drawn for."""
    panel = state.panel
    assert ((panel["cog_china"] > panel["cog_home"]) == (panel["participation_cognition"] == 1)).all()
    assert ((panel["part_china"] > panel["part_home"]) == (panel["participation_behaviour"] == 1)).all()


def test_the_logit_estimate_has_the_published_slopes_as_its_expectation(state):
    """A failure means that the planted values of the scorecard are not what the estimator converges to."""
    design = state.design
    people = design.people
    x = people[list(survey_design.REGRESSORS)].to_numpy(float)
    p = expit(design.constant + x @ design.slopes)
    scaled = np.column_stack([np.ones(len(x)), x / np.abs(x).max(axis=0)])
    scale = np.abs(x).max(axis=0)
    rng = np.random.default_rng(1)
    draws = []
    for _ in range(200):
        y = survey_design._conditional_bernoulli(rng, p, people["city_group"].to_numpy())
        beta, errors = _logit(scaled, y)
        draws.append((beta[1:] / scale, errors[1:] / scale))
    estimates, errors = (np.array(part) for part in zip(*draws, strict=True))
    gap = (estimates.mean(axis=0) - survey_design.LOGIT) / errors.mean(axis=0)
    assert np.abs(gap).max() < 0.25  # 0.07 is the noise of 200 draws; the bias of conditioning is below 0.1


def test_no_nested_probability_was_clipped(state):
    """A failure means that the two published models cross among these people and the ordered logit is bent."""
    assert state.design.clipped == 0


def test_the_bias_formula_agrees_with_the_closed_form_of_a_proportion():
    """A failure means that the first-order bias is wrong: for a constant alone it is (p - 1/2) / (n p (1 - p))."""
    n, beta = 50, 0.8
    p = expit(beta)
    bias = survey_design.logit_bias(np.ones((n, 1)), np.array([beta]))
    assert bias[0] == pytest.approx((p - 0.5) / (n * p * (1 - p)))


def test_the_same_seed_writes_the_same_bytes(state, tmp_path):
    """A failure means that the survey is not reproducible."""
    world = World(seed=20261120, scale=1.0, project=PROJECT)
    for name in ("a", "b"):
        survey.write(survey.build(world), world, RawWriter(tmp_path / name, PROJECT), Truth())
    files = sorted(path.name for path in (tmp_path / "a" / "sfrc").iterdir())
    assert len(files) == 9
    for file in files:
        assert (tmp_path / "a" / "sfrc" / file).read_bytes() == (tmp_path / "b" / "sfrc" / file).read_bytes()


def test_defects_that_lose_a_row_hit_nobody_of_the_sample(state, tmp_path):
    """A failure means that the built panel cannot hold all 777 respondents."""
    world = World(seed=20261120, scale=1.0, project=PROJECT)
    truth = Truth()
    survey.write(state, world, RawWriter(tmp_path, PROJECT), truth)
    truth.save(tmp_path / "truth")
    defects = pd.read_parquet(tmp_path / "truth" / "defects.parquet")
    lost = defects[defects["destroys"]]
    assert len(lost) == 4  # one per csv of the study cities
    for file, row in zip(lost["file"], lost["row"], strict=True):
        encoding = "utf-8-sig" if file.endswith(("杭州.csv", "义乌.csv")) else "gb18030"
        line = (tmp_path / file).read_text(encoding=encoding).splitlines()[row - 1]
        assert line.split(",")[0] not in set(state.panel["respondent_id"])
