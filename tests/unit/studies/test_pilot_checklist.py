"""pilot_spillover against its checklist (methods.md 5.14): every deliverable is declared, every reading has a case on hand data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from keytech.studies.declarations import read_study

ROOT = Path(__file__).parents[3]
STUDY = read_study(ROOT / "analyses" / "studies" / "pilot_spillover.yml")
TABLES = {table.table_id: table for table in STUDY.tables}
# deliverable -> tables that are it; Tables 1 and 2 of the paper are a mart and the dictionary of the panel
CHECKLIST = {
    "T3": ["3"], "T4": ["4"], "T5 with p": ["5"], "T6": ["6"], "T7": ["7"], "event study": ["event_study"],
    "S1a-S1e": ["S1a", "S1b", "S1c", "S1d", "S1e"], "S2": ["S2"], "C1-C4": ["C1", "C2", "C3", "C4"],
    "R1-R7": ["R1", "R2", "R3", "R4", "R5", "R6", "R7"], "M1a-M1e": ["M1a", "M1b", "M1c", "M1d", "M1e"],
    "H1-H3": ["H1a", "H1b", "H2", "H3a", "H3b"], "X1": ["X1"], "X2": ["7"], "trends and truncation": ["trends"],
    "honest bounds": ["honest"], "Conley": ["R1_conley"], "one cohort left out": ["L1"], "rings": ["S1_rings"],
}  # fmt: skip
STAGGERED = {"callaway_santanna", "sun_abraham", "imputation", "two_stage", "bacon", "dcdh"}
READINGS = {
    "A-004-1": "listed_years", "A-004-2": "direct_pilots", "A-004-3": "patent_ipc", "A-004-4": "firm_city", "A-004-5": "size",
    "A-004-6": "iv1_users", "A-004-7": "iv2_reselection", "A-004-9": "similarity_pool", "A-004-10": "volatility",
    "A-004-11a": "width3", "A-004-11b": "width4",
}  # fmt: skip
TABLE_2 = (
    "apply_inv_zl", "apply_inv_nozl", "apply_inv_zl_joint", "volatility_pre", "volatility_current", "volatility_post", "sale",
    "saleshare", "policy", "roa", "lnage", "ki", "ifdome", "size", "kd", "meangdp", "infor", "finsgov", "fdi",
)  # fmt: skip


def columns(model: str, *files: str) -> dict[str, dict]:
    """Declared columns of a model by name."""
    for file in files:
        for found in yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))["models"]:
            if found["name"] == model:
                return {column["name"]: column for column in found["columns"]}
    raise AssertionError(f"{model} is not described in {files}")


@pytest.mark.parametrize("deliverable", CHECKLIST)
def test_every_deliverable_has_its_table(deliverable):
    """A failure means that something the paper reports, printed or on request, is not declared."""
    assert [table for table in CHECKLIST[deliverable] if table not in TABLES] == []


def test_no_declared_table_is_outside_the_checklist():
    """A failure means that a table was added and nobody says which deliverable it is."""
    assert set(TABLES) == {table for tables in CHECKLIST.values() for table in tables}


def test_table_1_is_a_mart_and_table_2_the_dictionary_of_the_panel():
    """A failure means that the timeline, or a variable of the paper's Table 2 with a Chinese label, is missing."""
    timeline = columns("fct_pilot_batch", "models/marts/core/_pilots__models.yml")
    assert {"announced", "n_units", "n_cities", "n_new_cities"} <= set(timeline)
    panel = columns("pnl_pilot_spillover", "models/marts/panels/_pilot_spillover__models.yml")
    assert [name for name in TABLE_2 if not panel[name]["config"]["meta"]["label_zh"]] == []


def test_every_split_sample_has_a_p_of_its_difference_from_a_thousand_draws():
    """A failure means that a low and a high group stand side by side without a test, or with fewer draws than the paper's."""
    for table in ("5", "S2", "M1c", "M1d", "H1a", "H1b", "H2", "H3a", "H3b"):
        tests = [c for c in TABLES[table].columns if c.estimator == "group_difference"]
        splits = {
            (c.formula, c.sample.split(" = ")[0])
            for c in TABLES[table].columns
            if c.sample and " = " in c.sample
        }
        assert {(c.formula, c.options["group"]) for c in tests} == splits, table
        assert all(c.options["draws"] == 1000 for c in tests), table


@pytest.mark.parametrize("table", ["H1a", "H1b", "H2", "H3a", "H3b"])
def test_heterogeneity_is_shown_for_key_and_other_innovation(table):
    """A failure means that the contrast which the paper draws from H1 to H3 has one side only."""
    outcomes = {c.formula.split(" ~")[0] for c in TABLES[table].columns}
    assert outcomes == {"ln_apply_inv_zl", "ln_apply_inv_nozl"}


def test_the_staggered_design_is_seen_by_every_estimator():
    """A failure means that R5 lacks an estimator, or Callaway and Sant'Anna with covariates, doubly robust."""
    used = TABLES["R5"].columns
    assert {c.estimator for c in used} == STAGGERED
    assert any(c.options.get("method") == "dr" and " ~ 1" not in c.formula for c in used)


def test_placebo_and_bounds_are_as_the_issue_asks():
    """A failure means that R6 has not 500 draws, or that one of the two kinds of honest bounds is missing."""
    assert [c.options["draws"] for c in TABLES["R6"].columns] == [500]
    assert [c.options["honest"] for c in TABLES["honest"].columns] == ["smoothness", "relative_magnitudes"]


def test_event_studies_bin_the_leads_and_leave_out_the_year_before():
    """A failure means that equation (2) is not estimated: k from -5 (binned) to 3, base -1; as printed and with (1)'s effects."""
    study = [STUDY.specification(c) for c in TABLES["event_study"].columns]
    assert [(s.options["bin"], s.options["base"]) for s in study] == [([-5, 3], -1)] * 2
    assert [s.formula.split("| ")[1] for s in study] == [
        "stkcd + year",
        "stkcd + csrc2^year + province_code^year",
    ]


@pytest.mark.parametrize("ambiguity", READINGS)
def test_every_reading_of_an_ambiguity_has_a_case_on_hand_data(ambiguity):
    """A failure means that a reading of A-004-* is neither an option nor tested (A-004-8 is a column of the event study)."""
    macro = (ROOT / "macros" / "options.sql").read_text(encoding="utf-8")
    listed = yaml.safe_load(re.search(rf"'{READINGS[ambiguity]}': (\[.*?\])", macro)[1])
    folder = ROOT / "models" / "intermediate"
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*unit_tests.yml")]
    said = {
        value.strip("'")
        for text in texts
        for value in re.findall(rf"vars: {{{READINGS[ambiguity]}: ('?\w+'?)}}", text)
    }
    assert set(map(str, listed)) <= said
