"""The YAML of declared tables: read strictly, refused with the place of the fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from keytech.studies.declarations import DeclarationError, read_studies, read_study

ROOT = Path(__file__).parents[3]
STUDY = """
study: toy
label: {{en: Toy, zh: 玩具}}
paper: {{title: T, authors: A}}
panel: pnl_toy
defaults: {{vcov: hetero}}
sets: {{controls: [a, b]}}
tables:
  - table_id: "1"
    label: {{en: One, zh: 一}}
    columns:
      - {{column_id: "1", label: {{en: x, zh: y}}, estimator: {estimator}, formula: "{formula}"}}
"""


def write(folder: Path, estimator: str = "ols", formula: str = "y ~ x + {{controls}} | firm") -> Path:
    path = folder / "toy.yml"
    path.write_text(STUDY.format(estimator=estimator, formula=formula.replace("{{", "{").replace("}}", "}")))
    return path


def test_sets_are_written_out_in_formulas(tmp_path):
    """A failure means that an analyst's controls do not reach the regression."""
    study = read_study(write(tmp_path))
    column = study.tables[0].columns[0]
    assert study.formula_of(column) == "y ~ x + a + b | firm"
    assert study.specification(column).vcov == "hetero"


def test_an_unknown_set_is_named(tmp_path):
    """A failure means that a slip in a set's name is not explained."""
    with pytest.raises(DeclarationError, match="contrls"):
        read_study(write(tmp_path, formula="y ~ x + {{contrls}}"))


def test_an_unknown_estimator_is_refused_with_its_place(tmp_path):
    """A failure means that a bad declaration is found only in the middle of a run."""
    with pytest.raises(DeclarationError, match=r"toy.yml: table 1 column 1"):
        read_study(write(tmp_path, estimator="olz"))


def test_a_study_must_carry_the_name_of_its_file(tmp_path):
    """A failure means that results could be stored under a name that no file has."""
    path = write(tmp_path).rename(tmp_path / "other.yml")
    with pytest.raises(DeclarationError, match="file name"):
        read_study(path)


def test_every_declared_study_reads():
    """A failure means that analyses/studies does not parse."""
    studies = {study.study for study in read_studies(ROOT / "analyses" / "studies")}
    wanted = {
        "talent_keytech",
        "university_exchange",
        "talent_retention",
        "robot_upstream",
        "pilot_spillover",
    }
    assert studies == wanted
