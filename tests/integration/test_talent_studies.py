"""The two studies of talent and that of universities: what was planted comes out, what the papers say in words holds, truth and build agree."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import estimate
from keytech.studies.declarations import read_study
from tests.integration.conftest import ROOT

STUDIES = ["talent_keytech", "talent_retention", "university_exchange"]
MEASURES = {"R1.1": "talent_pop_share", "R1.2": "lntalent_ind", "R1.3": "lntalent_firm"}
DIAGNOSTICS = {"shift_share", "specification_curve", "wild_bootstrap", "wild_bootstrap_iv"}
PRINTED = {"1", "2", "3", "4", "5", "6", "7", "8", "9"}
# drawn or long: compared by their own tests
NOT_REPEATED = {
    "ivprobit",
    "wild_bootstrap",
    "wild_bootstrap_iv",
    "group_difference",
    "specification_curve",
    "twfe_event_study",
}


def results(house, kind: str) -> pd.DataFrame:
    return pd.read_parquet(house.current / "results" / f"{kind}.parquet")


def of(house, kind: str, study: str) -> pd.DataFrame:
    return results(house, kind).query("study == @study")


@pytest.mark.parametrize("study", STUDIES)
def test_planted_coefficients_come_out_within_two_standard_errors(house, study):
    """A failure means that the way from raw files to estimates bends what the economy was built with."""
    card = of(house, "scorecard", study).query("planted == planted")
    assert len(card) > 15
    far = card[card["planted_gap_se"].abs() > 2]
    assert far.empty, far[
        ["table_id", "column_id", "term", "estimate", "planted", "planted_gap_se"]
    ].to_string()


def test_what_the_paper_says_of_its_robustness_checks_holds(house):
    """A failure means that a check that the paper reports in words has another sign here (methods.md 1.10)."""
    claims = pd.read_csv(ROOT / "seeds" / "published_claims.csv").query("study == 'talent_keytech'")
    rows = of(house, "estimates", "talent_keytech").set_index(["table_id", "outcome", "term"]).sort_index()
    said = [
        (c.item, outcome, MEASURES.get(c.item, "lntalent"))
        for c in claims.itertuples()
        for outcome in c.outcome.split("|")
    ]
    assert len(said) == 21
    wrong = [place for place in said if not (rows.loc[place, "estimate"] > 0).all()]
    assert wrong == []


def test_what_the_abstract_says_of_universities_holds(house):
    """A failure means that an effect of the abstract has another sign here, or that a comparison goes the other way (methods.md 2.1)."""
    claims = pd.read_csv(ROOT / "seeds" / "published_claims.csv").query("study == 'university_exchange'")
    rows = of(house, "estimates", "university_exchange")
    rows = rows[rows["term"].str.contains(":post")].set_index(["table_id", "column_id"])
    first = {item: rows.loc[[(item, "1")]].iloc[0] for item in claims["item"]}
    assert len(first) == 9
    assert {
        item: row["estimate"] > 0 and row["p_value"] < 0.05 for item, row in first.items()
    } == dict.fromkeys(first, True)
    larger = claims.loc[claims["expected_sign"].str.contains("larger"), "item"]
    assert list(larger) == ["H1", "H2", "H3a", "H3b"]
    assert {
        item: first[item]["estimate"] > rows.loc[[(item, "2")]].iloc[0]["estimate"] for item in larger
    } == dict.fromkeys(larger, True)


def test_the_difference_columns_are_differences(house):
    """A failure means that H1 (1-2) is not the difference of its two columns, which least squares makes exact."""
    rows = of(house, "estimates", "university_exchange").query(
        "table_id == 'H1' and term == 'high_exchange:post'"
    )
    b = rows.set_index("column_id")["estimate"]
    assert b["1-2"] == pytest.approx(b["1"] - b["2"], rel=1e-9)


def test_effects_of_the_event_study_are_none_before_and_some_after(house):
    """A failure means that high-exchange universities moved apart before 2018, or not after (joint tests are the estimator's)."""
    rows = of(house, "estimates", "university_exchange").query("table_id == 'event_study'")
    when = rows["term"].str.extract(r"::(-?\d+)$", expand=False).astype(float)
    t = rows["estimate"] / rows["std_error"]
    assert t[when < -1].abs().max() < 3 and len(t[when < -1]) == 6
    assert t[when >= 0].min() > 2 and len(t[when >= 0]) == 5


def test_every_row_of_the_proposed_design_says_so(house):
    """A failure means that a run of university_exchange could be taken for the paper's design."""
    runs = results(house, "runs")
    assert runs.loc[runs["study"] == "university_exchange", "proposed_spec"].all()
    assert not runs.loc[runs["study"] != "university_exchange", "proposed_spec"].any()


def test_the_lines_of_the_ordered_logit_are_parallel(house):
    """A failure means that the likelihood-ratio test rejects what the paper does not reject (methods.md 3.4, P1)."""
    fit = of(house, "fit", "talent_retention").query("table_id == '3'")
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
    ours = of(house, "estimates", "talent_retention").query("table_id == '1' and outcome == 'mean'")
    ours = ours.set_index("term")["estimate"]
    shares = printed.loc[printed["statistic"] == "percent", "value"].astype(float).tolist()
    assert (100 * ours.iloc[1:17]).round(1).tolist() == shares
    means = printed[printed["statistic"] == "mean"].set_index("variable")["value"].astype(float)
    assert {name: round(ours[name], 1) for name in means.index} == means.to_dict()


@pytest.mark.parametrize("option", ["A-002-3", "A-002-5"])
def test_a_recoded_dummy_only_turns_its_sign(house, option):
    """A failure means that coding the network 1/2, or women as one, changes more than the sign of its coefficient and the constant."""
    rows = of(house, "estimates", "talent_retention")
    plain, coded = (
        rows[rows["table_id"] == t].set_index(["column_id", "term"])["estimate"] for t in ("2", option)
    )
    name = {"A-002-3": "cumulative_network", "A-002-5": "gender"}[option]
    for column in "1234":
        turned = coded[column][coded[column].index.str.startswith("I(")]
        assert turned.iloc[0] == pytest.approx(-plain[column][name], rel=1e-6)
        others = [t for t in plain[column].index if t not in (name, "const")]
        np.testing.assert_allclose(coded[column][others], plain[column][others], rtol=1e-6, atol=1e-9)


def test_options_of_the_survey_that_change_people_or_outcome_do_so(house):
    """A failure means that A-002-1, A-002-2 or A-002-4 is declared and estimates the default again."""
    runs = of(house, "runs", "talent_retention").set_index(["table_id", "column_id"])
    assert runs.loc[("A-002-1", "1"), "formula"].startswith("stay_intent_intersection ~")
    assert runs.loc[("A-002-2", "3"), "formula"].startswith("stay_intent_postarrival ~")
    assert runs.loc[("A-002-4.null", "4"), "rows_used"] < runs.loc[("2", "4"), "rows_used"] == 777
    estimates = of(house, "estimates", "talent_retention").query(
        "table_id == 'A-002-4.one' and column_id == '4'"
    )
    assert {"I(part_china>=part_home)", "I(cog_china>=cog_home)"} <= set(estimates["term"])


def test_every_printed_2sls_column_has_its_weak_instrument_statistics(house):
    """A failure means that a 2SLS column of tables 1-9 lacks Kleibergen-Paap, effective F or an Anderson-Rubin interval per term."""
    runs = of(house, "runs", "talent_keytech").query("estimator == 'iv' and table_id in @PRINTED")
    fit = of(house, "fit", "talent_keytech").set_index(["table_id", "column_id"])
    assert len(runs) == 22
    for run in runs.itertuples():
        found = fit.loc[(run.table_id, run.column_id)].set_index("statistic")["value"]
        endogenous = [t.strip() for t in run.formula.split("|")[2].split("~")[0].split("+")]
        ends = [
            f"anderson_rubin_ci_{side}" + (f".{t}" if len(endogenous) == 2 else "")
            for t in endogenous
            for side in ("low", "high")
        ]
        assert {"kp_rk_lm", "kp_rk_wald_f", "effective_f", "anderson_rubin_p", *ends} <= set(found.index), run
        assert found["effective_f"] > 0
    boot = of(house, "fit", "talent_keytech").query("statistic == 'anderson_rubin_bootstrap_p'")
    assert set(zip(boot["table_id"], boot["column_id"], strict=True)) == {("D3", c) for c in "789"}


@pytest.mark.parametrize("study", STUDIES)
def test_truth_and_build_give_the_same_estimates(house, study):
    """A failure means that a difference of the panels, however small, moves a coefficient of a printed or proposed table."""
    declared = read_study(ROOT / "analyses" / "studies" / f"{study}.yml")
    truth = pd.read_parquet(house.truth / "panels" / f"{study}.parquet")
    built = pd.read_parquet(house.current / "marts" / "panels" / f"pnl_{study}.parquet")
    stored = of(house, "estimates", study).set_index(["table_id", "column_id", "outcome", "term"])
    compared = 0
    for table in declared.tables:
        for column in table.columns:
            if study == "talent_keytech" and table.table_id not in PRINTED:
                continue
            if column.estimator in NOT_REPEATED or column.report != "coefficients":
                continue
            specification = declared.specification(column)
            names = set(re.findall(r"\w+", specification.formula))
            used = [c for c in truth.columns if c in names]
            if not agree(built, truth, used):
                continue
            fit = estimate(specification, truth)
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
    assert compared > {"talent_keytech": 300, "talent_retention": 300, "university_exchange": 10}[study]


def agree(built: pd.DataFrame, truth: pd.DataFrame, columns: list[str]) -> bool:
    """Whether the panels hold the same values in the columns (to 1e-9, rows in the order of the truth's own keys)."""
    key = [c for c in ("stkcd", "respondent_id", "university_id", "field_code", "year") if c in truth]
    a, b = (frame.sort_values(key, ignore_index=True)[columns] for frame in (built, truth))
    return len(a) == len(b) and all(
        np.allclose(a[c].astype(float), b[c].astype(float), rtol=1e-9, atol=1e-12, equal_nan=True)
        for c in columns
        if pd.api.types.is_numeric_dtype(a[c])
    )


@pytest.mark.parametrize("study", STUDIES)
def test_no_declared_column_failed_and_each_has_its_seconds(house, study):
    """A failure means that a declared analysis has no number, or that nobody knows how long it takes."""
    runs = of(house, "runs", study)
    assert runs["status"].eq("done").all(), runs.loc[
        runs["status"] != "done", ["table_id", "column_id", "message"]
    ].to_string()
    assert (runs["seconds"] > 0).all()
    if study == "talent_keytech":
        assert set(runs["estimator"]) >= DIAGNOSTICS


def test_the_readings_panel_holds_the_default_readings(house):
    """A failure means that a curve's point at the defaults is not the printed column."""
    panels = house.current / "marts" / "panels"
    plain = pd.read_parquet(panels / "pnl_talent_keytech.parquet").set_index(["stkcd", "year"]).sort_index()
    read = (
        pd.read_parquet(panels / "pnl_talent_keytech_readings.parquet")
        .set_index(["stkcd", "year"])
        .sort_index()
    )
    defaults = {
        "lnkeypat": "lnkeypat_longest_prefix", "lnpurpat": "lnpurpat_longest_prefix", "lnleadpat": "lnleadpat_longest_prefix",
        "asset_debt": "asset_debt_liabilities_to_assets", "lndnetwork_obs": "lndnetwork_obs_pairs_domestic_lag1",
        "lndschool_obs": "lndschool_obs_pairs_domestic_lag1", "lndfirm_obs": "lndfirm_obs_pairs_domestic_lag1",
        "dum_fnetwork": "dum_fnetwork_year_domestic_lag1", "frelate": "frelate_pooled_lag1", "hightech": "hightech_csrc2",
        "dum_keyadv": "dum_keyadv_longest_prefix_zero", "lnbartik": "lnbartik_as_printed",
    }  # fmt: skip
    assert plain.index.equals(read.index)
    assert [
        name for name, reading in defaults.items() if not np.array_equal(plain[name], read[reading])
    ] == []
