"""Every check of robot_upstream (methods 4.10) has its declared table, by least squares and by 2SLS where the paper is silent."""

from pathlib import Path

import pytest

from keytech.studies.declarations import read_study

ROOT = Path(__file__).parents[3]
BOTH = {"ols", "iv"}
# table -> (columns at least, estimators)
CHECKLIST = {
    "1": (1, {"ols"}), "2": (3, BOTH), "3": (5, {"iv"}), "4": (3, {"iv"}), "5": (7, {"iv"}),
    "R1a": (2, BOTH), "R1b": (2, BOTH), "R2a": (2, BOTH), "R2b": (2, BOTH), "R3a": (1, {"iv"}), "R3b": (1, {"iv"}),
    "R4": (2, BOTH), "R5.1": (1, {"ols"}), "R5.2": (6, BOTH), "R5.3": (6, BOTH), "R5.4": (6, BOTH),
}  # fmt: skip
BEYOND = {
    "B1": {"poisson"},
    "B2": {"twfe_event_study", "sun_abraham", "callaway_santanna", "imputation"},
    "B3": {"shift_share"},
    "B4": {"shift_share"},
    "B5": {"iv"},
    "O3": BOTH,
}
APPENDIX = {"fct_robot_import_year", "fct_robot_import_province_year", "fct_robot_import_industry_year"}


@pytest.fixture(scope="module")
def study():
    return read_study(ROOT / "analyses" / "studies" / "robot_upstream.yml")


def test_every_check_of_the_specification_has_its_table(study):
    """A failure means that a check of methods section 4 is not estimated, or not by both estimators."""
    declared = {table.table_id: table.columns for table in study.tables}
    assert set(declared) == set(CHECKLIST) | set(BEYOND)
    for name, (columns, estimators) in CHECKLIST.items():
        assert len(declared[name]) >= columns, name
        assert {column.estimator for column in declared[name]} == estimators, name
    for name, estimators in BEYOND.items():
        assert {column.estimator for column in declared[name]} == estimators, name


def test_clusters_and_industry_effects_are_read_both_ways(study):
    """A failure means that a reading of A-003-3 or A-003-4 cannot be seen beside the default."""
    tables = {table.table_id: table.columns for table in study.tables}
    clusters = {column.vcov["cluster"][0] for column in tables["R5.2"]}
    assert study.defaults["vcov"] == {"cluster": ["city_year"]}
    assert clusters == {"city_industry", "province_year", "province_industry"}
    assert all("cic2" in study.formula_of(column) for column in tables["O3"])
    assert "cic4" in study.formula_of(tables["2"][0])


def test_every_appendix_figure_draws_a_mart_that_exists(study):
    """A failure means that a descriptive of the appendix is not shown: year, region, province, industry, upstream makers."""
    assert {figure.mart for figure in study.figures} == APPENDIX
    assert {figure.kind for figure in study.figures} == {"lines", "tiles", "bars", "points"}
    for mart in APPENDIX:
        assert (ROOT / "models" / "marts" / "core" / f"{mart}.sql").is_file()
