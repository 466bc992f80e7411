"""robot_upstream on the synthetic economy: shares, the instrument rebuilt from its parts, crosswalks, printed descriptives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.integration.conftest import ROOT

STATISTICS = {
    "n_obs": "n",
    "mean": "mean",
    "sd": "standard deviation",
    "min": "minimum",
    "max": "maximum",
}


def mart(house, schema: str, name: str) -> pd.DataFrame:
    return pd.read_parquet(house.current / "marts" / schema / f"{name}.parquet")


def results(house, kind: str) -> pd.DataFrame:
    frame = pd.read_parquet(house.current / "results" / f"{kind}.parquet")
    return frame[frame["study"] == "robot_upstream"]


def test_city_shares_of_robot_imports_add_to_one_in_every_year(house):
    """A failure means that a city is missing from the nation, or counted twice; with and without processing trade."""
    cities = mart(house, "marts", "fct_city_robot_year")
    years = (
        cities[cities["year"].between(2000, 2013)].groupby("year")[["robot", "robot_excl_processing"]].sum()
    )
    assert len(years) == 14
    assert np.allclose(years, 1.0, rtol=0, atol=1e-9)


def test_the_instrument_is_the_sum_of_shares_times_shocks(house):
    """A failure means that exposure-robust errors stand on another instrument than Table 2."""
    shares, shocks = mart(house, "panels", "pnl_robot_shares"), mart(house, "panels", "pnl_robot_shocks")
    parts = shares.merge(shocks, on="sector_code")
    built = (
        parts.assign(us_robot=parts["share"] * parts["shock"])
        .groupby(["city_code", "year"])["us_robot"]
        .sum()
    )
    panel = mart(house, "panels", "pnl_robot_city").dropna(subset="us_robot").set_index(["city_code", "year"])
    assert np.allclose(panel["us_robot"], built.reindex(panel.index), rtol=1e-9)
    estimates = results(house, "estimates").set_index(["table_id", "column_id", "outcome", "term"])[
        "estimate"
    ]
    assert estimates["B3", "1", "lnspatent", "robot"] == pytest.approx(
        estimates["2", "3", "lnspatent", "robot"], rel=1e-6
    )


def test_the_own_industry_only_leaves_the_instrument(house):
    """A failure means that the instrument without the own sector holds more than the whole, or nothing left out."""
    panel = mart(house, "panels", "pnl_robot_upstream").dropna(subset="us_robot")
    assert (panel["us_robot_other_sectors"] <= panel["us_robot"] * (1 + 1e-12)).all()
    assert (panel["us_robot_other_sectors"] < panel["us_robot"]).mean() > 0.5


def test_every_row_of_the_survey_has_an_outcome_in_each_crosswalk(house):
    """A failure means that rows were lost between vintages in silence."""
    crosswalks = mart(house, "quality", "dq_crosswalks")
    kept = len(mart(house, "marts", "fct_industrial_firm_year"))
    for name in ("survey industries to GB/T 4754-2002", "survey division codes to cities"):
        assert crosswalks.loc[crosswalks["crosswalk"] == name, "n_rows"].sum() == kept
    assert np.allclose(crosswalks.groupby(["crosswalk", "vintage"])["share"].sum(), 1.0)
    carried = crosswalks[crosswalks["crosswalk"] == "survey industries to GB/T 4754-2002"]
    assert set(carried["vintage"]) == {"1994", "2002", "2011"}
    assert {"merged", "recoded", "renamed", "upgraded"} <= set(crosswalks["outcome"])


def test_every_printed_descriptive_has_ours_beside_it(house):
    """A failure means that a cell of Table 1 has no counterpart; sizes are the printed ones up to 3 percent."""
    printed = pd.read_csv(ROOT / "seeds" / "published_descriptives.csv")
    printed = printed[(printed["study"] == "robot_upstream") & (printed["table_id"] == "1")]
    ours = results(house, "estimates").query("table_id == '1'").set_index(["outcome", "term"])["estimate"]
    for row in printed.itertuples():
        value = ours[STATISTICS[row.statistic], row.variable]
        if row.statistic == "n_obs" and row.variable != "lnedc_cost":
            assert value == pytest.approx(float(row.value), rel=0.03), row.variable
        assert np.isfinite(value)


def test_a_weak_instrument_has_its_anderson_rubin_interval(house):
    """A failure means that Table 5 column 5 shows a Wald interval alone (N6)."""
    fit = results(house, "fit").set_index(["table_id", "column_id", "statistic"])["value"]
    assert fit["5", "5", "anderson_rubin_ci_low"] < fit["5", "5", "anderson_rubin_ci_high"]


def test_planted_coefficients_lie_within_three_errors_and_headlines_within_two(house):
    """A failure means that the warehouse moves what the economy holds; 15 coefficients, one draw."""
    card = results(house, "scorecard").dropna(subset="planted")
    assert set(zip(card["table_id"], card["column_id"], strict=True)) >= {
        ("2", "1"), ("2", "3"), ("3", "1"), ("3", "3"), ("3", "4"), ("3", "5"), ("4", "2"), ("4", "3"),
        *(("5", str(column)) for column in range(1, 8)),
    }  # fmt: skip
    assert (card["planted_gap_se"].abs() < 3).all()
    assert card.loc[card["headline"], "within_two_se"].all()


def test_the_appendix_covers_every_year(house):
    """A failure means that imports by year, region, province or industry do not cover 2000-2013, or disagree on the sum."""
    years = mart(house, "marts", "fct_robot_import_year").set_index("year")
    assert list(years.index) == list(range(2000, 2014))
    for name in ("fct_robot_import_province_year", "fct_robot_import_industry_year"):
        sums = mart(house, "marts", name).groupby("year")["robot_import_usd"].sum().astype(float)
        assert np.allclose(sums, years["robot_import_usd"].astype(float))
