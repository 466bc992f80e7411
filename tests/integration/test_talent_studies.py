"""The two studies of talent: what was planted comes out, what the papers say in words holds, truth and build agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import estimate
from keytech.studies.declarations import read_study
from tests.integration.conftest import ROOT

STUDIES = ["talent_keytech", "talent_retention"]
MEASURES = {"R1.1": "talent_pop_share", "R1.2": "lntalent_ind", "R1.3": "lntalent_firm"}
DIAGNOSTICS = {"shift_share", "specification_curve", "wild_bootstrap"}


def results(house, kind: str) -> pd.DataFrame:
    return pd.read_parquet(house.current / "results" / f"{kind}.parquet")


@pytest.mark.parametrize("study", STUDIES)
def test_planted_coefficients_come_out_within_two_standard_errors(house, study):
    """A failure means that the way from raw files to estimates bends what the economy was built with."""
    card = results(house, "scorecard").query("study == @study and planted == planted")
    assert len(card) > 20
    far = card[card["planted_gap_se"].abs() > 2]
    assert far.empty, far[
        ["table_id", "column_id", "term", "estimate", "planted", "planted_gap_se"]
    ].to_string()


def test_what_the_paper_says_of_its_robustness_checks_holds(house):
    """A failure means that a check that the paper reports in words has another sign here (methods.md 1.10)."""
    claims = pd.read_csv(ROOT / "seeds" / "published_claims.csv").query("study == 'talent_keytech'")
    rows = (
        results(house, "estimates")
        .query("study == 'talent_keytech'")
        .set_index(["table_id", "outcome", "term"])
    )
    said = [
        (c.item, outcome, MEASURES.get(c.item, "lntalent"))
        for c in claims.itertuples()
        for outcome in c.outcome.split("|")
    ]
    assert len(said) == 21
    wrong = [place for place in said if not (rows.loc[place, "estimate"] > 0).all()]
    assert wrong == []


def test_the_lines_of_the_ordered_logit_are_parallel(house):
    """A failure means that the likelihood-ratio test rejects what the paper does not reject (methods.md 3.4, P1)."""
    fit = results(house, "fit").query("study == 'talent_retention' and table_id == '3'")
    p = fit[fit["statistic"] == "parallel_lines_p"].set_index("column_id")["value"]
    assert set(p.index) == {"1", "2", "3", "all"}
    assert p["all"] > 0.05
    assert {"brant_p", "pseudo_r2_nagelkerke", "pseudo_r2_mcfadden", "pseudo_r2_cox_snell"} <= set(
        fit["statistic"]
    )


def test_table_1_of_the_survey_is_the_printed_one(house):
    """A failure means that the respondents are not those of the paper's descriptive statistics, to the printed decimal."""
    printed = pd.read_csv(ROOT / "seeds" / "published_descriptives.csv")
    printed = printed[(printed["study"] == "talent_retention") & (printed["table_id"].astype(str) == "1")]
    ours = results(house, "estimates").query(
        "study == 'talent_retention' and table_id == '1' and outcome == 'mean'"
    )
    ours = ours.set_index("term")["estimate"]
    shares = printed.loc[printed["statistic"] == "percent", "value"].astype(float).tolist()
    assert (100 * ours.iloc[1:17]).round(1).tolist() == shares
    means = printed[printed["statistic"] == "mean"].set_index("variable")["value"].astype(float)
    assert {name: round(ours[name], 1) for name in means.index} == means.to_dict()


@pytest.mark.parametrize("study", STUDIES)
def test_truth_and_build_give_the_same_estimates(house, study):
    """A failure means that a difference of the panels, however small, moves a coefficient."""
    declared = read_study(ROOT / "analyses" / "studies" / f"{study}.yml")
    truth = pd.read_parquet(house.truth / "panels" / f"{study}.parquet")
    stored = (
        results(house, "estimates")
        .query("study == @study")
        .set_index(["table_id", "column_id", "outcome", "term"])
    )
    compared = 0
    for table in declared.tables:
        for column in table.columns:
            if not column.headline:
                continue
            fit = estimate(declared.specification(column), truth)
            for row in fit.coefficients.to_dict("records"):
                term = "const" if row["term"] == "(Intercept)" else row["term"]
                outcome = fit.formula.split("~")[0].strip()
                mine = stored.loc[(table.table_id, column.column_id, outcome, term)]
                np.testing.assert_allclose(
                    mine[["estimate", "std_error"]].astype(float),
                    [row["estimate"], row["std_error"]],
                    rtol=1e-6,
                    atol=1e-9,
                )
                compared += 1
    assert compared > 40


def test_no_declared_column_of_the_two_studies_failed(house):
    """A failure means that a declared analysis has no number."""
    runs = results(house, "runs")
    mine = runs[runs["study"].isin(STUDIES)]
    assert mine["status"].eq("done").all(), mine.loc[
        mine["status"] != "done", ["table_id", "column_id", "message"]
    ].to_string()
    assert set(mine["estimator"]) >= DIAGNOSTICS
