"""Checks over releases, drift, freshness, border checks and crosswalks, as the data-quality page tells them."""

import json
import re
from dataclasses import replace

import pandas as pd
import pytest

from keytech.report import history
from keytech.report.facts import read_facts
from keytech.report.site import build_site
from tests.unit.report.conftest import ROOT


@pytest.fixture
def facts(release):
    return read_facts(release, ROOT)


def _with(facts, **quality):
    return replace(facts, quality=facts.quality | quality)


def _drift(**more):
    row = {"panel": "pnl_talent_retention", "column_name": "stay", "baseline": "0000-old", "status": "compared",
           "n_rows": 40, "n_rows_before": 40, "null_rate": 0.5, "null_rate_before": 0.1, "mean": 1.0, "mean_before": 0.5,
           "psi": 0.1}  # fmt: skip
    return row | more


def test_a_check_that_changed_since_the_release_before_is_named(facts):
    """A failure means that a check that began to warn looks as it always did."""
    rates = history.pass_rates(facts)
    assert rates.releases == ("0000-old", "0001-abc")
    assert dict(rates.layers)["panels"] == ((2, 2), (1, 2))
    assert rates.changed == (("a_warning", "pass", "warn"),)


def test_a_check_without_rows_is_not_counted(facts):
    """A failure means that a check of nothing raises or lowers the pass rate."""
    assert dict(history.pass_rates(facts).layers)["landed"] == (None, (0, 1))
    assert "nothing_to_see" not in {c.name for c in facts.catalog.checks}
    assert [(s.warned, s.empty) for s in history.suites(facts)] == [(1, 1)]


def test_a_warning_at_the_border_stands_on_the_first_page(release, declared):
    """A failure means that what great-expectations finds does not reach the reader."""
    site = build_site(release, declared, ROOT).parent
    for page in ("index.html", "quality.html"):
        text = (site / page).read_text()
        assert "sizes_do_not_jump" in text and "Waves differ" in text and "两轮调查不同" in text, page
    assert "2027-12-31" in (site / "quality.html").read_text()


def test_columns_beyond_a_limit_are_ranked_by_how_far(facts):
    """A failure means that the strongest shift is not the first that a reader sees."""
    rows = [_drift(), _drift(column_name="gender", psi=4.0), _drift(column_name="age", null_rate=0.1)]
    found = history.drift(_with(facts, dq_drift=pd.DataFrame(rows)))
    assert (found.baseline, found.compared) == ("0000-old", 3)
    assert [s.column for s in found.shifts] == ["gender", "stay"] or [s.strength for s in found.shifts] == [
        8,
        8,
    ]
    assert found.shifts[0].missing[1] == "50.0 %"


def test_a_share_of_fewer_than_ten_missing_rows_is_withheld(facts):
    """A failure means that the drift table gives away four respondents."""
    rows = [_drift(psi=2.0)]
    found = history.drift(_with(facts, dq_drift=pd.DataFrame(rows)))
    assert found.shifts[0].missing[0] == "·"


def test_a_release_after_another_shows_what_moved(release, declared):
    """A failure means that expected and observed values are computed and not shown."""
    frame = pd.DataFrame([_drift(psi=2.0)])
    frame.to_parquet(release / "marts" / "quality" / "dq_drift.parquet", index=False)
    text = (build_site(release, declared, ROOT).parent / "quality.html").read_text()
    drift = text[text.index('id="drift"') : text.index("</section>", text.index('id="drift"'))]
    assert "0000-old" in drift and re.findall(r'class="n">([^<]+)</td>', drift) == [
        "0.5000", "1.0000", "·", "50.0 %", "40", "40", "2.000",
    ]  # fmt: skip
    rates = text[text.index('id="history"') : text.index("</section>", text.index('id="history"'))]
    assert "it has no predecessor" not in rates and "a_warning" in rates and "2 / 2" in rates


def test_the_first_release_says_that_it_has_no_predecessor(release, declared):
    """A failure means that an empty drift table could be taken for no drift."""
    (release / "marts" / "quality" / "dq_check_history.parquet").unlink()
    frame = pd.DataFrame([_drift(baseline=None, status="no_release_before", n_rows_before=None)])
    frame.to_parquet(release / "marts" / "quality" / "dq_drift.parquet", index=False)
    text = (build_site(release, declared, ROOT).parent / "quality.html").read_text()
    assert "it has no predecessor" in text and "没有可比的上一版本" in text
    assert "Nothing to compare with" in text and "没有可比的版本" in text


def test_late_sources_come_first(facts):
    """A failure means that a source that stops early is lost among the complete ones."""
    columns = ["source", "table_name", "first_expected", "last_expected", "first_delivered", "last_delivered",
               "n_years_missing", "status"]  # fmt: skip
    frame = pd.DataFrame([("a", "t", 2000, 2010, 2000, 2010, 0, "complete"), ("b", "t", 2000, 2010, 2000, 2008, 2, "behind"),
                          ("c", "t", 2000, 2010, None, None, 11, "no_data")], columns=columns)  # fmt: skip
    found = history.freshness(_with(facts, dq_freshness=frame))
    assert [(d.table, d.status, d.delivered) for d in found] == [
        ("b.t", "warn", "2000–2008"), ("c.t", "none", "–"), ("a.t", "good", "2000–2010"),
    ]  # fmt: skip
    assert "2 years missing" in found[0].said.en and "缺2年" in found[0].said.zh


def test_small_counts_of_a_crosswalk_are_withheld_with_the_next(facts):
    """A failure means that four lost rows can be counted, or subtracted from the rest."""
    frame = pd.DataFrame([("x", "2002", "same", 9, 90), ("x", "2002", "recoded", 2, 20), ("x", "2002", "lost", 1, 4)],
                         columns=["crosswalk", "vintage", "outcome", "codes", "n_rows"])  # fmt: skip
    found = history.crosswalks(_with(facts, dq_crosswalks=frame))
    assert [line[2] for line in found[0].lines] == ["90", "·", "·"]
    assert [line[0] for line in found[0].lines] == ["kept", "warn", "defect"]


def test_cities_are_counted_by_table_and_year(facts):
    """A failure means that a table that loses its cities looks complete."""
    frame = pd.DataFrame([("fct_a", "city", "1100", 2000, 3), ("fct_a", "city", "1200", 2000, 1), ("fct_a", "city", "1100", 2001, 5),
                          ("fct_a", "province", "11", 2000, 4), ("fct_a", "city", None, 2000, 4)],
                         columns=["table_name", "level", "place_code", "year", "n_rows"])  # fmt: skip
    found = history.cities(_with(facts, dq_coverage=frame))
    assert (found.most, found.tables) == (2, (("fct_a", 2, (2, 1)),))


def test_a_suite_leads_to_its_page_of_the_data_docs(release, declared):
    """A failure means that the results of great-expectations cannot be reached from the site."""
    (release / "data_docs").mkdir()
    for name in ("index", "landed.sfrc.responses"):
        (release / "data_docs" / f"{name}.html").write_text("")
    text = (build_site(release, declared, ROOT).parent / "quality.html").read_text()
    assert 'href="../data_docs/landed.sfrc.responses.html"' in text
    assert json.loads((release / "manifest.json").read_text())["release_id"] in text
