"""pilot_spillover on the synthetic economy: signs that the paper states in words, draws kept, distances of SQL and estimator."""

from __future__ import annotations

import pandas as pd
import pytest

from keytech.econometrics.options import RingsOptions
from keytech.econometrics.rings import exposure
from tests.integration.conftest import ROOT

STUDY = "pilot_spillover"
POSITIVE = {
    "S1b": ["1", "2"], "S1c": ["1", "2"], "S1d": ["1"], "S1e": ["1"], "C1": ["1"], "C2": ["1"], "C3": ["1", "2"], "C4": ["1"],
    "R1": ["1", "2", "3", "4", "5"], "R2": ["1", "2", "3"], "R3": ["a", "b"], "R4": ["1", "2", "3"], "R7": ["1"], "M1a": ["1"],
}  # fmt: skip
LARGER = {  # claim -> table, column with the larger effect, column with the smaller one
    "S2": ("S2", "2", "1"), "M1c": ("M1c", "2", "1"), "M1d": ("M1d", "2", "1"), "H1a": ("H1a", "1", "2"), "H1b": ("H1b", "1", "2"),
    "H2a": ("H2", "2", "1"), "H3a": ("H3a", "2", "1"), "H3b": ("H3b", "2", "1"), "T5 IPC4": ("5", "2", "1"), "T5 IPC3": ("5", "4", "3"),
}  # fmt: skip
ALIKE = [(table, "3-4") for table in ("H1a", "H1b", "H2", "H3a", "H3b")]


def results(house, kind: str) -> pd.DataFrame:
    frame = pd.read_parquet(house.current / "results" / f"{kind}.parquet")
    return frame[frame["study"] == STUDY]


@pytest.fixture(scope="module")
def found(house) -> pd.DataFrame:
    """Estimates by table, column and term."""
    return results(house, "estimates").set_index(["table_id", "column_id", "term"])


def test_no_declared_column_failed(house):
    """A failure means that something the paper reports, printed or on request, has no number."""
    runs = results(house, "runs")
    failed = runs[runs["status"] != "done"]
    assert failed.empty, failed[["table_id", "column_id", "message"]].to_string()


def test_planted_coefficients_come_out_within_two_standard_errors(house):
    """A failure means that the way from raw files to estimates bends what the economy was built with."""
    card = pd.read_parquet(house.current / "results" / "scorecard.parquet").query(
        "study == @STUDY and planted == planted"
    )
    assert len(card) >= 1
    assert (card["planted_gap_se"].abs() <= 2).all()


def test_every_claim_in_words_is_looked_at():
    """A failure means that a claim of the paper was added and no test reads it."""
    claims = set(pd.read_csv(ROOT / "seeds" / "published_claims.csv").query("study == @STUDY")["item"])
    read = {
        *(item for table, columns in POSITIVE.items() for item in (table, *(table + c for c in columns))),
        *LARGER,
    }
    elsewhere = {"S1a", "E1", "E2", "R3a", "R3b", "R5", "R6", "M1b", "M1e", "H1c", "H2b", "H3c", "X1", "X1b"}
    assert claims - read - elsewhere == set()


@pytest.mark.parametrize("table", POSITIVE)
def test_the_effect_is_positive_and_significant_where_the_paper_says_so(found, table):
    """A failure means that a robustness check has another sign, or no significance at 5 percent."""
    for column in POSITIVE[table]:
        row = found.loc[(table, column, "policy")]
        assert row["estimate"] > 0 and row["p_value"] < 0.05, (table, column)


@pytest.mark.parametrize("claim", LARGER)
def test_the_effect_is_larger_where_the_paper_says_so(found, claim):
    """A failure means that the economy tells another story than the paper (claims.csv; Table 5)."""
    table, large, small = LARGER[claim]
    assert found.loc[(table, large, "policy"), "estimate"] > found.loc[(table, small, "policy"), "estimate"]


@pytest.mark.parametrize(("table", "column"), ALIKE)
def test_other_innovation_does_not_differ_between_the_groups(house, table, column):
    """A failure means that what the paper finds for key technology alone shows in other innovation too (H1c, H2b, H3c)."""
    fit = results(house, "fit").set_index(["table_id", "column_id", "statistic"])["value"]
    assert fit[table, column, "permutation_p"] > 0.05


def test_the_signs_of_table_6_are_the_printed_ones(found):
    """A failure means that uncertainty does not fall, sales do not rise, or the effect does not grow with sales."""
    printed = pd.read_csv(
        ROOT / "seeds" / "published_estimates.csv", dtype={"table_id": str, "column_id": str}
    )
    printed = printed[(printed["study"] == STUDY) & (printed["table_id"] == "6")]
    wrong = [
        (row.column_id, row.term)
        for row in printed.itertuples()
        if found.loc[("6", row.column_id, row.term), "estimate"] * row.estimate <= 0
    ]
    assert wrong == []


def test_equipment_gains_most_and_the_named_fields_gain(found):
    """A failure means that X1 or X1b of claims.csv does not hold."""
    effects = {column: found.loc[("X1", column, "policy")] for column in map(str, range(1, 10))}
    assert max(effects, key=lambda column: effects[column]["estimate"]) == "2"
    assert all(
        effects[column]["estimate"] > 0 and effects[column]["p_value"] < 0.05
        for column in ("2", "5", "6", "7")
    )


def test_effects_start_with_the_policy_and_stay(found):
    """A failure means that a lead of the event study with equation (1)'s effects is significant, or a lag is not positive (E1, E2)."""
    for lead in (-5, -4, -3, -2):
        assert found.loc[("event_study", "2", f"year::{lead}"), "p_value"] > 0.05
    for column in ("1", "2"):
        assert all(found.loc[("event_study", column, f"year::{lag}"), "estimate"] > 0 for lag in range(4))
    joint = [found.loc[("M1b", "1", f"year::{lag}"), "estimate"] for lag in range(4)]
    assert joint[0] > 0 and joint[3] > joint[0]


def test_both_high_is_stronger_than_the_whole(found):
    """A failure means that visits or standards in similar cities (M1e) do not give the strongest effect."""
    whole = found.loc[("3", "5", "policy"), "estimate"]
    assert all(found.loc[("M1e", column, "policy"), "estimate"] > whole for column in ("1", "2"))


def test_the_500_placebos_are_kept_and_give_the_p(house):
    """A failure means that the density figure and the p of R6 are not of the same draws, or that placebos have an effect."""
    draws = results(house, "draws")
    fit = results(house, "fit").set_index(["table_id", "column_id", "statistic"])["value"]
    placebo = draws.loc[(draws["table_id"] == "R6") & (draws["column_id"] == "1"), "value"]
    assert len(placebo) == 500
    assert (placebo.abs() >= abs(fit["R6", "1", "observed"])).mean() == fit["R6", "1", "permutation_p"] < 0.05
    assert abs(placebo.mean()) < 3 * placebo.std() / 500**0.5


def test_rings_of_the_estimator_are_those_of_sql(house):
    """A failure means that the ring estimator and S1a mean different cities by 50 to 100 km."""
    city = pd.read_parquet(house.current / "marts" / "panels" / "pnl_pilot_city.parquet")
    places = city.rename(columns={"city_code": "place", "year": "time", "policy": "treated"})
    settings = RingsOptions(
        location="city_code", time="year", treatment="policy", latitude="latitude", longitude="longitude",
        edges=list(range(0, 501, 50)), exposure="any",
    )  # fmt: skip
    mapped = exposure(places, settings).reindex(pd.MultiIndex.from_frame(places[["place", "time"]]))
    columns = [f"ring_{upper}" for upper in range(50, 501, 50)]
    assert (mapped.to_numpy() == city[columns].to_numpy()).all()


def test_the_timeline_is_table_1(house):
    """A failure means that announcements, units or newly covered cities are not those that the paper prints."""
    timeline = pd.read_parquet(house.current / "marts" / "marts" / "fct_pilot_batch.parquet").sort_values(
        "batch_year"
    )
    assert timeline["n_units"].tolist() == [46, 64, 97, 99]
    assert timeline["n_new_cities"].tolist() == [31, 32, 30, 23]
    assert timeline["announced"].astype(str).str[:10].tolist() == [
        "2015-07-21",
        "2016-06-17",
        "2017-09-29",
        "2018-07-31",
    ]


def test_grants_fall_at_the_end_of_the_window_and_applications_do_not(found):
    """A failure means that the truncation of grants, for which the paper counts applications, does not show."""
    applied, granted = (
        found.loc[("trends", column, "I(year==2019)"), "estimate"]
        / found.loc[("trends", column, "I(year==2016)"), "estimate"]
        for column in ("1", "3")
    )
    assert applied > 1 > granted
