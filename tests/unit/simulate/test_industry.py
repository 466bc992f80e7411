"""The industrial half of the synthetic economy: its codes, its sizes, its planted equation and its files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keytech.simulate import (
    calibrate,
    customs,
    industry,
    industry_codes,
    industry_effects,
    industry_files,
    robots,
)
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

PROJECT = Path(__file__).resolve().parents[3]
CONTROLS = industry_effects.CONTROLS


@pytest.fixture(scope="module")
def world():
    return World(seed=20261120, scale=1.0, project=PROJECT)


@pytest.fixture(scope="module")
def state(world):
    return industry.build(world)


def test_organisation_codes_carry_the_check_digit_of_gb_11714():
    """A failure means that a warehouse which checks codes would throw the firms away."""
    codes = industry_codes.legal_codes(np.random.default_rng(1), 500)
    weights = np.array([3, 7, 9, 10, 5, 8, 4, 2])
    for code in codes:
        expected = 11 - sum(int(d) * w for d, w in zip(code[:8], weights, strict=True)) % 11
        assert code[8] == {10: "X", 11: "0"}.get(expected, str(expected))
    assert len(set(codes)) == 500


def test_credit_codes_carry_the_check_digit_of_gb_32100():
    """A failure means that the unified codes are invalid; the example is a published code."""
    made = industry_codes.credit_codes(np.array(["440301"]), np.array(["192180003"], dtype=object))[0]
    assert made.startswith("91440301192180003")
    values = [industry_codes.CREDIT_ALPHABET.index(c) for c in made]
    assert (sum(v * 3**i for i, v in enumerate(values[:17])) + values[17]) % 31 == 0


def test_panel_has_the_sizes_of_the_paper(state):
    """A failure means that Table 1 cannot be compared: 13 452 firm-years, 4 016 with patents."""
    panel = state.panels["robot_upstream"]
    assert len(panel) == 13_452
    assert panel["lnspatent"].notna().sum() == 4_016
    assert not panel.duplicated(["firm_id", "year"]).any()
    assert len(state.rows) < 50_000
    assert 40_000 < len(state.patents) < 95_000


def test_estimators_have_the_printed_coefficients_as_their_expectation(state):
    """A failure means that calibration missed: Table 2 exactly, the columns on subsamples within half a printed error."""
    planted = {(table, column): value for table, column, value in state.planted["estimand"]}
    assert state.planted["floored_share"] < 0.02
    for printed in industry_effects.PRINTED:
        allowed = 0.5 * printed.std_error if printed.group else 1e-5
        assert planted[printed.table, printed.column] == pytest.approx(printed.coefficient, abs=allowed)


def test_the_printed_coefficients_are_those_of_the_published_table():
    """A failure means that the economy aims at numbers that the paper does not print."""
    table = pd.read_csv(
        PROJECT / "seeds" / "published_estimates.csv", dtype={"table_id": str, "column_id": str}
    )
    table = table[(table["study"] == "robot_upstream") & (table["term"] == "robot")]
    table = table[table["outcome"] == "lnspatent"].set_index(["table_id", "column_id"])
    mine = {(p.table, p.column): (p.coefficient, p.std_error) for p in industry_effects.PRINTED}
    assert mine == {key: (row["estimate"], row["std_error"]) for key, row in table.iterrows()}


def test_estimates_of_table_2_lie_near_the_planted_values(state):
    """A failure means that counts do not follow their index; bounds are two printed standard errors of the sample."""
    panel = state.panels["robot_upstream"].dropna(subset=["lnspatent", *CONTROLS]).reset_index(drop=True)
    for printed, bound in zip(industry_effects.PRINTED[:2], (1.6, 2.6), strict=True):
        part = panel.dropna(subset="us_robot").reset_index(drop=True) if printed.instrumented else panel
        effects = ["firm_id", "year", "city_code", "cic4"]
        part = part[calibrate.without_singletons([part[e].to_numpy() for e in effects])]
        x = part[["robot", *CONTROLS]].to_numpy(float)
        z = part[["us_robot", *CONTROLS]].to_numpy(float) if printed.instrumented else x
        rows = calibrate.instrument_rows(x, z, [part[e].to_numpy() for e in effects])
        estimate = float(rows[0] @ part["lnspatent"].to_numpy())
        assert estimate == pytest.approx(printed.coefficient, abs=bound)


def test_city_shares_of_robot_imports_add_to_one_in_every_year(state):
    """A failure means that imports were lost between the customs records and the cities."""
    shares = state.panels["robot_city"].groupby("year")["robot"].sum()
    assert np.allclose(shares, 1.0, rtol=0, atol=1e-12)
    assert (state.panels["robot_city"]["robot"] > 0).all()


def test_robot_codes_are_used_only_in_their_years(world, state):
    """A failure means that a robot was imported under a code that did not exist yet."""
    kinds = customs.goods(world)
    lines = state.lines[state.lines["hs8"].isin(kinds.robots["hs8"])]
    early = lines[lines["hs8"] == "84864031"]
    assert len(early) and early["year"].min() >= 2007


def test_us_detail_before_2004_is_imputed_from_the_total(state):
    """A failure means that IFR delivers what it does not publish, or that the imputation differs from methods 4.6."""
    us = state.robots[state.robots["country"] == "United States"]
    assert set(us.loc[us["year"] < 2004, "sector_code"]) == {"0"}
    stocks = robots.us_stocks(state.robots)
    total = us[us["sector_code"] == "0"].set_index("year")["stock"]
    assert stocks.loc["29", 2001] == pytest.approx(stocks.loc["29", 2004] / total[2004] * total[2001])


def test_no_two_firms_share_a_name(state):
    """A failure means that a match by name could not be decided."""
    every = pd.concat(
        [state.enterprises["name"], state.firms.loc[state.firms["former_name"] != "", "former_name"]]
    )
    makers = state.firms[state.firms["kind"] == "upstream"]
    assert not every[every.isin(set(makers["name"]) | set(makers["former_name"]) - {""})].duplicated().any()


def test_survey_files_repeat_byte_by_byte_and_record_their_defects(world, state, tmp_path):
    """A failure means that two runs of one seed differ, or that a planted fault is not known to the truth folder."""
    early = state.rows[state.rows["year"].isin([2000, 2001, 2006])]
    for name in ("a", "b"):
        industry_files.write_survey(world, early, RawWriter(tmp_path / name, PROJECT), truth := Truth())
        truth.save(tmp_path / name / "truth")
    for file in sorted((tmp_path / "a").rglob("*.*")):
        assert file.read_bytes() == (tmp_path / "b" / file.relative_to(tmp_path / "a")).read_bytes()
    found = pd.read_parquet(tmp_path / "a" / "truth" / "defects.parquet")
    assert {"code_missing", "exact_duplicate", "brackets"} <= set(found["kind"])
    assert set(found.loc[found["destroys"], "kind"]) <= {"textual_amount"}
