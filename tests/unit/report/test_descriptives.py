"""Figures of a mart: what is drawn, what is withheld."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from keytech.report.descriptives import codebook, descriptive_figures
from keytech.studies.declarations import Drawing


@pytest.fixture
def facts(tmp_path: Path):
    (tmp_path / "marts" / "marts").mkdir(parents=True)
    frame = pd.DataFrame(
        {
            "year": [2000, 2001, 2000, 2001, 2000],
            "province_code": ["11", "11", "31", "31", "54"],
            "usd": [2e6, 4e6, 1e6, 3e6, 7e6],
            "firms": [20, 30, 15, 16, 3],
            "makers": [5, 6, 1, 2, 9],
        }
    )
    frame.to_parquet(tmp_path / "marts" / "marts" / "fct_toy.parquet")
    return SimpleNamespace(release=tmp_path, catalog=SimpleNamespace(nodes={}))


def drawn(facts, **said) -> str:
    drawing = Drawing(
        figure_id="A1",
        label={"en": "Toy", "zh": "玩具"},
        mart=said.pop("mart", "fct_toy"),
        value="usd",
        **said,
    )
    return "".join(str(f.svg) for f in descriptive_figures(facts, SimpleNamespace(figures=(drawing,))))


def test_a_map_sums_over_years_and_withholds_few_units(facts):
    """A failure means that a province with three importers shows its imports."""
    svg = drawn(facts, kind="tiles", category="province_code", per=1e6, counted="firms")
    assert "BJ 北京 6" in svg and "SH 上海 4" in svg and "XZ 西藏 ·" in svg and ">7<" not in svg


def test_lines_scale_values_and_name_their_series(facts):
    """A failure means that a line shows another unit, or leaves out a year."""
    svg = drawn(
        facts,
        kind="lines",
        category="year",
        per=1e6,
        words={"": {"en": "value", "zh": "金额"}},
        where="firms > 9",
    )
    assert "value 2000: 3" in svg and "value 2001: 7" in svg and "金额" in svg


def test_bars_stand_in_order_and_say_how_many_are_withheld(facts):
    """A failure means that a withheld bar can be read off its length."""
    svg = drawn(facts, kind="bars", category="province_code", per=1e6, counted="firms")
    assert svg.index(">11<") < svg.index(">31<") < svg.index("1 withheld") and ">54<" not in svg


def test_points_set_one_column_against_another(facts):
    """A failure means that the axes are exchanged: 11 makers, 6 million."""
    assert "BJ 北京: 11, 6" in drawn(
        facts, kind="points", category="province_code", per=1e6, against="makers", counted="firms"
    )


def test_a_mart_that_the_release_lacks_is_left_out(facts):
    """A failure means that a page cannot be built where a source is missing."""
    assert drawn(facts, kind="lines", category="year", mart="fct_none") == ""


def test_a_codebook_lists_its_mart_and_only_a_public_one(facts):
    """A failure means that the study page lacks the questions of the survey, or lists rows of people."""
    frame = pd.DataFrame({"question": ["b", "a"], "code": [None, "1"]})
    frame.to_parquet(facts.release / "marts" / "marts" / "dim_toy.parquet")
    facts.catalog.privacy_of = {"dim_toy": "public", "fct_toy": "personal"}.get
    listed = codebook(facts, SimpleNamespace(codebook="dim_toy"))
    assert [c.en for c in listed.columns] == ["question", "code"]
    assert listed.rows == (("a", "1"), ("b", ""))
    assert codebook(facts, SimpleNamespace(codebook=None)) is None
    with pytest.raises(ValueError, match="not public"):
        codebook(facts, SimpleNamespace(codebook="fct_toy"))
