"""Running declared tables: numbers, accounts of rows, re-use, failures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import EstimationError
from keytech.studies.declarations import Study
from keytech.studies.run import run_table, stars


def study(*columns: dict) -> Study:
    label = {"en": "t", "zh": "表"}
    rows = [{"column_id": str(i + 1), "label": label} | column for i, column in enumerate(columns)]
    return Study.model_validate(
        {
            "study": "toy", "label": label, "paper": {"title": "T", "authors": "A"}, "panel": "pnl_toy",
            "tables": [{"table_id": "1", "label": label, "columns": rows}],
        }
    )  # fmt: skip


@pytest.fixture
def panels(tmp_path) -> Path:
    rng = np.random.default_rng(1)
    z, u = rng.normal(size=(2, 400))
    frame = pd.DataFrame(
        {"z": z, "x": z + u, "y": 2 * (z + u) - u + rng.normal(size=400), "g": np.arange(400) % 7}
    )
    frame.loc[0, "y"] = np.nan
    frame.to_parquet(tmp_path / "pnl_toy.parquet")
    return tmp_path


def run(declared: Study, panels: Path):
    return run_table(
        declared, declared.tables[0], panels, panels / "parts", data_origin="simulated", code_hash="c"
    )


def test_stars_are_at_one_five_and_ten_percent():
    """A failure means that stars differ from those the papers print."""
    assert [stars(p) for p in (0.005, 0.01, 0.04, 0.05, 0.09, 0.1)] == ["***", "**", "**", "*", "*", ""]


def test_each_row_of_the_panel_is_accounted_for(panels):
    """A failure means that rows vanish between panel and estimate."""
    runs = run(study({"estimator": "ols", "formula": "y ~ x | g", "vcov": "hetero"}), panels).runs.iloc[0]
    assert (runs.rows_in, runs.rows_missing, runs.rows_singleton, runs.rows_used) == (400, 1, 0, 399)
    assert runs.data_origin == "simulated" and runs.status == "done"


def test_the_constant_is_called_const_as_in_the_published_table(panels):
    """A failure means that intercepts do not join with the published numbers."""
    estimates = run(study({"estimator": "ols", "formula": "y ~ x"}), panels).estimates
    assert set(estimates["term"]) == {"x", "const"} and set(estimates["outcome"]) == {"y"}


def test_first_stage_rows_stand_beside_the_second_stage(panels):
    """A failure means that the printed first stage has no counterpart, or uses other rows."""
    column = {"estimator": "iv", "formula": "y ~ 1 | g | x ~ z", "vcov": "hetero", "first_stage": True}
    estimates = run(study(column), panels).estimates.set_index(["outcome", "term"])["estimate"]
    assert list(estimates.index) == [("y", "x"), ("x", "z")]
    assert estimates["x", "z"] == pytest.approx(1, abs=0.2)


def test_every_draw_of_a_placebo_is_kept(panels):
    """A failure means that the density of a placebo cannot be drawn, or that its p is not the share of these draws."""
    column = {"estimator": "permutation", "formula": "y ~ x", "options": {"treatment": "x", "draws": 50}}
    result = run(study(column, {"estimator": "ols", "formula": "y ~ x"}), panels)
    assert list(result.draws["draw"]) == list(range(1, 51)) and set(result.draws["column_id"]) == {"1"}
    fit = result.fit[result.fit["column_id"] == "1"].set_index("statistic")["value"]
    assert (result.draws["value"].abs() >= abs(fit["observed"])).mean() == fit["permutation_p"]


def test_unchanged_declarations_are_not_estimated_again(panels):
    """A failure means that a second run repeats work, or that a changed declaration is not noticed."""
    declared = study({"estimator": "ols", "formula": "y ~ x"})
    assert [run(declared, panels).reused, run(declared, panels).reused] == [False, True]
    assert not run(study({"estimator": "ols", "formula": "y ~ x + z"}), panels).reused


def test_a_column_that_cannot_be_estimated_is_recorded_and_the_others_stand(panels):
    """A failure means that one impossible subsample costs a whole table, or is silent."""
    bad = {"estimator": "ols", "formula": "y ~ x", "sample": "g > 100"}
    result = run(study({"estimator": "ols", "formula": "y ~ x"}, bad), panels)
    assert list(result.runs["status"]) == ["done", "failed"] and result.runs["message"].iloc[1]


def test_a_failing_headline_column_stops_the_run(panels):
    """A failure means that a release could be published without a headline number."""
    bad = {"estimator": "ols", "formula": "y ~ x", "sample": "g > 100", "headline": True}
    with pytest.raises(EstimationError, match="toy table 1 column 1"):
        run(study(bad), panels)


def test_an_empty_panel_says_no_data(tmp_path):
    """A failure means that a missing licensed source looks like a failed estimation."""
    pd.DataFrame({"y": pd.Series(dtype=float), "x": pd.Series(dtype=float)}).to_parquet(
        tmp_path / "pnl_toy.parquet"
    )
    runs = run(study({"estimator": "ols", "formula": "y ~ x", "headline": True}), tmp_path).runs
    assert list(runs["status"]) == ["no_data"]
