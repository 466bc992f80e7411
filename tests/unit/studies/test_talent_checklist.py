"""Every analysis of the checklists of methods 1.12, 2.3 and 3.6 has its declared table, printed or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from keytech.studies.declarations import read_study

ROOT = Path(__file__).parents[3]
BOTH = {"ols", "iv"}
# study -> item of the checklist -> (table, estimators of its columns, columns)
CHECKLIST = {
    "talent_keytech": {
        "T1": ("1", {"ols"}, 3), "T2": ("2", BOTH, 4), "T3": ("3", {"iv"}, 3), "T4": ("4", {"iv"}, 6), "T5": ("5", {"iv"}, 3),
        "T6": ("6", {"ols", "probit", "iv", "ivprobit"}, 4), "T7": ("7", {"iv"}, 3), "T8": ("8", {"iv"}, 3), "T9": ("9", {"ols"}, 3),
        "R1.1": ("R1.1", BOTH, 6), "R1.2": ("R1.2", BOTH, 6), "R1.3": ("R1.3", BOTH, 6), "R1.4": ("R1.4", BOTH, 6),
        "R2 (3 dummies)": ("R2", BOTH, 6), "R2 option probit": ("R2.probit", {"probit"}, 3), "R3.1": ("R3.1", BOTH, 6),
        "R3.2": ("R3.2", BOTH, 6), "province-clustered diagnostic, OLS": ("D1", {"ols"}, 3),
        "province-clustered diagnostic, 2SLS": ("D4", {"iv"}, 3), "Bartik variants table": ("D2", {"iv"}, 6),
        "wild bootstrap by province": ("D3", {"wild_bootstrap", "wild_bootstrap_iv"}, 9),
        "wild bootstrap of interactions": ("D11", {"wild_bootstrap_iv"}, 6), "exposure-robust errors": ("D5", {"shift_share"}, 6),
        "Rotemberg weights": ("D6", {"shift_share"}, 2), "PPML": ("D7", {"poisson"}, 6), "curve of T1-T2": ("D8", {"specification_curve"}, 6),
        "curves of T3-T8": ("D10", {"specification_curve"}, 8), "margins of T6": ("D9", {"probit"}, 1), "descriptives": ("S1", {"ols"}, 1),
    },
    "talent_retention": {
        "T1": ("1", {"ols"}, 1), "T2": ("2", {"logit"}, 4), "T3 and P1": ("3", {"ologit"}, 4), "A-002-1": ("A-002-1", {"logit"}, 3),
        "A-002-2": ("A-002-2", {"logit"}, 2), "A-002-3": ("A-002-3", {"logit"}, 4), "A-002-4 tie one": ("A-002-4.one", {"logit"}, 4),
        "A-002-4 tie null": ("A-002-4.null", {"logit"}, 4), "A-002-5": ("A-002-5", {"logit"}, 4), "margins of T2": ("2.margins", {"logit"}, 4),
        "margins of T3": ("3.margins", {"ologit"}, 3), "predictions by city": ("2.cities", {"logit"}, 2),
        "robust errors": ("2.robust", {"logit"}, 4),
    },
    "university_exchange": {
        "B1": ("B1", {"ols", "poisson"}, 4), "B2": ("B2", {"ols", "group_difference"}, 3),
        "event study": ("event_study", {"twfe_event_study"}, 1), "M1": ("M1", {"ols"}, 1), "M2": ("M2", {"ols"}, 1), "M3": ("M3", {"ols"}, 1),
        "H1": ("H1", {"ols", "wild_bootstrap"}, 3), "H2": ("H2", {"ols", "group_difference"}, 3),
        "H3a": ("H3a", {"ols", "wild_bootstrap"}, 5), "H3b": ("H3b", {"ols", "wild_bootstrap"}, 3), "other outcomes": ("R1", {"ols"}, 3),
        "wild cluster bootstrap": ("wild", {"wild_bootstrap"}, 2), "specification curve": ("curve", {"specification_curve"}, 1),
    },
}  # fmt: skip
REPORTS = {
    "dq_key_technology_lists": "dictionary report", "dq_owner_rules": "owner-classification report",
    "dq_core_industries": "recomputed ranking of R3.2", "dq_expert_origins": "origins that leave the instrument",
}  # fmt: skip


@pytest.fixture(params=CHECKLIST, scope="module")
def study(request):
    return read_study(ROOT / "analyses" / "studies" / f"{request.param}.yml")


def test_every_item_of_the_checklist_has_its_table_and_no_table_is_without_item(study):
    """A failure means that a deliverable is not estimated, or by another estimator, or that a table is not listed here."""
    declared = {t.table_id: ({c.estimator for c in t.columns}, len(t.columns)) for t in study.tables}
    wanted = {table: (estimators, n) for table, estimators, n in CHECKLIST[study.study].values()}
    assert declared == wanted


def test_reports_and_codebook_of_the_checklist_are_marts():
    """A failure means that the dictionary, the owners, the ranking of R3.2, the origins or the codebook cannot be read."""
    for name in REPORTS:
        assert (ROOT / "models" / "marts" / "quality" / f"{name}.sql").is_file(), REPORTS[name]
    study = read_study(ROOT / "analyses" / "studies" / "talent_retention.yml")
    assert (ROOT / "models" / "marts" / "core" / f"{study.codebook}.sql").is_file()


def test_the_curves_hold_every_numbered_ambiguity_of_talent_keytech():
    """A failure means that a reading of A-000-1 to A-000-9 that changes an estimate is outside the specification curves."""
    study = read_study(ROOT / "analyses" / "studies" / "talent_keytech.yml")
    crossed = {
        table.table_id: {key for column in table.columns for key in column.choices} for table in study.tables
    }
    assert crossed["D8"] == {"design", "@ipc", "@debt", "@bartik", "sample", "vcov"}
    assert crossed["D10"] == {
        "design", "@ipc", "@unit", "@hmt", "@lag", "@span", "@window", "@matrix", "@level", "vcov",
    }  # fmt: skip


def test_only_the_abstract_study_is_marked_as_proposed():
    """A failure means that our own design of university_exchange passes for the paper's."""
    marked = {
        name: read_study(ROOT / "analyses" / "studies" / f"{name}.yml").paper.proposed_spec
        for name in CHECKLIST
    }
    assert marked == {"talent_keytech": False, "talent_retention": False, "university_exchange": True}
