"""What a declared column stores besides coefficients: marginal effects, predictions, weights, labelled curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from keytech.studies.declarations import DeclarationError, read_studies, read_study
from keytech.studies.reports import shown_groups, withheld
from keytech.studies.run import run_table

STUDY = """
study: toy
label: {{en: Toy, zh: 玩具}}
paper: {{title: T, authors: A}}
panel: pnl_toy
sets: {{controls: [a]}}
tables:
  - table_id: "1"
    label: {{en: One, zh: 一}}
    columns:
      - {{column_id: "1", label: {{en: x, zh: y}}, {column}}}
"""


@pytest.fixture
def panels(tmp_path) -> Path:
    rng = np.random.default_rng(1)
    n = 400
    frame = pd.DataFrame({"x": rng.normal(size=n), "a": rng.normal(size=n), "area": np.arange(n) % 8})
    frame["y"] = (rng.random(n) < 1 / (1 + np.exp(-frame["x"]))).astype(int)
    frame["city"] = np.where(np.arange(n) < 9, "small", np.where(np.arange(n) < 200, "north", "south"))
    frame["z"] = frame["x"] + 0.3 * rng.normal(size=n)
    frame.to_parquet(tmp_path / "pnl_toy.parquet")
    cells = [(area, part, rng.random()) for area in range(8) for part in "pq"]
    pd.DataFrame(cells, columns=["area", "part", "weight"]).to_parquet(tmp_path / "pnl_shares.parquet")
    pd.DataFrame({"part": ["p", "q"], "growth": [0.2, 0.7]}).to_parquet(tmp_path / "pnl_shocks.parquet")
    return tmp_path


def run(panels: Path, column: str):
    (panels / "toy.yml").write_text(STUDY.format(column=column))
    study = read_study(panels / "toy.yml")
    return run_table(study, study.tables[0], panels, panels / "parts", data_origin="test", code_hash="1")


def test_marginal_effects_stand_in_the_place_of_coefficients(panels):
    """A failure means that a table of marginal effects shows something else."""
    rows = run(panels, 'estimator: logit, formula: "y ~ x + {controls}", report: marginal_effects').estimates
    assert list(rows["outcome"].unique()) == ["Pr(y)"]
    assert list(rows["term"]) == ["x", "a"]
    assert 0 < rows["estimate"][0] < 0.3


def test_mean_predictions_of_a_logit_are_the_observed_share_overall_and_small_groups_are_withheld(panels):
    """A failure means that predictions are wrong (the score equation is exact), or that a cell under ten is published."""
    rows = run(panels, 'estimator: logit, formula: "y ~ x", report: predictions, by: city').estimates
    assert set(rows["term"]) == {
        "south"
    }  # north goes with small: overall share less south would give small away
    every = pd.read_parquet(panels / "pnl_toy.parquet").assign(city="all")
    every.to_parquet(panels / "pnl_toy.parquet")
    rows = run(panels, 'estimator: logit, formula: "y ~ x", report: predictions, by: city').estimates
    predicted, observed = rows["estimate"]
    assert predicted == pytest.approx(observed, abs=1e-9)
    slope = rows["std_error"][0]
    assert slope == pytest.approx(np.sqrt(every["y"].mean() * (1 - every["y"].mean()) / 400), rel=0.15)


def test_a_group_is_withheld_where_positives_or_negatives_are_under_ten_and_never_alone():
    """A failure means that a cell of 1-9 people is shown, or follows from the total of the pooled model."""
    groups = np.repeat(["a", "b", "c", "d"], 50)
    ones = {"a": 25, "b": 20, "c": 12, "d": 30}

    def shown(**cells: int) -> list:
        outcome = np.concatenate([np.arange(50) < (ones | cells)[name] for name in "abcd"]).astype(int)
        return shown_groups(groups, outcome)

    assert shown() == ["a", "b", "c", "d"]
    assert shown(a=4) == ["b", "d"]  # c has the next smallest cell
    assert shown(a=46) == ["b", "d"]
    assert shown(a=0) == ["b", "d"]
    assert shown(a=4, b=9) == ["c", "d"]


def test_a_small_category_is_withheld_with_what_reveals_it():
    """A failure means that one minus the other categories, or the complement itself, gives a count of 1-9 people away."""
    n = 100
    level = np.repeat([0, 1, 2, 3], [5, 40, 30, 25])
    dummies = np.column_stack([level == k for k in range(4)]).astype(float)
    small = (np.arange(n) < 7).astype(float)
    age = np.linspace(20, 60, n)
    values = np.column_stack([age, dummies, small, 1 - small, np.arange(n) < 50])
    assert withheld(values).tolist() == [False, True, False, False, True, True, True, False]
    assert not withheld(values[:, [0, 2, 3, 4, 7]]).any()


def test_people_are_counted_only_in_studies_of_people(panels):
    """A failure means that a rare 0/1 variable of persons is printed, or one of firms is not."""
    column = "estimator: ols, formula: \"x ~ I(city == 'small') + a\", report: means"
    assert "I(city=='small')" in set(run(panels, column).estimates["term"])
    (panels / "toy.yml").write_text(STUDY.format(column=column).replace("sets:", "personal: true\nsets:"))
    study = read_study(panels / "toy.yml")
    done = run_table(study, study.tables[0], panels, panels / "other", data_origin="test", code_hash="1")
    assert set(done.estimates["term"]) == {"x", "a"}


def test_studies_of_people_are_those_whose_panel_is_personal():
    """A failure means that a study of people is declared without the rule of ten, or the other way round."""
    root = Path(__file__).parents[3]
    personal = {study.study for study in read_studies(root / "analyses" / "studies") if study.personal}
    models = [
        m
        for path in (root / "models" / "marts" / "panels").glob("*.yml")
        for m in yaml.safe_load(path.read_text("utf-8"))["models"]
    ]
    panels = {m["name"] for m in models if m.get("config", {}).get("meta", {}).get("privacy") == "personal"}
    assert {f"pnl_{study}" for study in personal} == panels == {"pnl_talent_retention"}


def test_an_option_may_name_a_panel_and_give_its_columns_new_names(panels):
    """A failure means that shares and shocks cannot be declared, or that weights of sectors do not add to one."""
    column = """estimator: shift_share, formula: "y ~ a | z ~ bartik", report: rotemberg, options: {unit: area, sector: part,
        shares: {panel: pnl_shares, rename: {share: weight}}, shocks: {panel: pnl_shocks, rename: {shock: growth}}}"""
    done = run(panels, column)
    assert list(done.runs["status"]) == ["done"], done.runs["message"][0]
    weights = done.estimates[done.estimates["outcome"] == "Rotemberg weight"]
    assert weights["estimate"].sum() == pytest.approx(1)


def test_labels_of_choices_name_the_specifications_of_a_curve(panels):
    """A failure means that nobody can tell which specification a point of the curve is."""
    column = """estimator: specification_curve, formula: "z ~ x", options: {term: x,
        choices: {formula: {short: "z ~ x", long: "z ~ x + {controls}"}, sample: {all: null, some: "area > 3"}}}"""
    terms = run(panels, column).estimates.set_index("term")["estimate"]
    assert set(terms.index) == {"x [short, all]", "x [short, some]", "x [long, all]", "x [long, some]"}
    frame = pd.read_parquet(panels / "pnl_toy.parquet").query("area > 3")
    assert terms["x [short, some]"] == pytest.approx(np.polyfit(frame["x"], frame["z"], 1)[0])


def test_predictions_without_groups_are_refused(panels):
    """A failure means that a declaration says nothing about its groups and is found out late."""
    with pytest.raises(DeclarationError, match="go together"):
        run(panels, 'estimator: logit, formula: "y ~ x", report: predictions')


def test_means_are_those_of_the_rows_of_the_estimate(panels):
    """A failure means that descriptive statistics are of other rows than the predicate says."""
    rows = run(
        panels, 'estimator: ols, formula: "x ~ I(city == \'north\')", report: means, sample: "area > 3"'
    ).estimates
    frame = pd.read_parquet(panels / "pnl_toy.parquet").query("area > 3")
    mean = rows[rows["outcome"] == "mean"].set_index("term")["estimate"]
    assert mean["x"] == pytest.approx(frame["x"].mean())
    assert mean["I(city=='north')"] == pytest.approx((frame["city"] == "north").mean())


def test_descriptives_use_every_variable_s_own_rows(panels):
    """A failure means that a missing value of one variable takes rows from another, or that a statistic is mislabelled."""
    frame = pd.read_parquet(panels / "pnl_toy.parquet")
    frame.loc[:9, "x"] = np.nan
    frame.to_parquet(panels / "pnl_toy.parquet")
    rows = run(panels, 'estimator: ols, formula: "y ~ x + {controls}", report: descriptives').estimates
    cell = rows.set_index(["outcome", "term"])["estimate"]
    assert cell["n", "y"] == 400 and cell["n", "x"] == 390
    assert cell["mean", "a"] == pytest.approx(frame["a"].mean())
    assert cell["standard deviation", "x"] == pytest.approx(frame["x"].std())
    assert (cell["minimum", "x"], cell["maximum", "x"]) == (frame["x"].min(), frame["x"].max())
