"""The site of a small release: both languages, labelled, self-contained, nothing private, same bytes."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from xml.etree import ElementTree

import pandas as pd
import pytest

from keytech.report.site import build_site
from tests.unit.report.conftest import MARK, RESPONDENT, ROOT

PAGES = {"index.html", "study-talent_retention.html", "quality.html", "dictionary.html", "lineage.html"}


@pytest.fixture
def site(release, declared):
    return build_site(release, declared, ROOT).parent


def _graph(site) -> dict:
    found = re.search(r'id="data">(.*?)</script>', (site / "lineage.html").read_text(), re.DOTALL)
    return json.loads(found[1])


def _texts(site):
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in sorted(site.rglob("*")) if p.is_file()}


def test_all_pages_are_written(site):
    """A failure means that a page of the navigation is missing."""
    assert {p.name for p in site.glob("*.html")} == PAGES


def test_figures_of_marts_stand_on_the_page_of_their_study(site):
    """A failure means that a declared figure of the data is not shown, or in one language only."""
    page = (site / "study-talent_retention.html").read_text()
    figures = page[page.index('id="figures"') :]
    assert "A1 · Imports, million" in figures and "A1 · 进口额（百万）" in figures
    assert "2001: 5" in figures and "<svg" in figures


def test_links_between_pages_lead_somewhere(site):
    """A failure means a dead link or a link to an anchor that is not there."""
    anchors = {p.name: set(re.findall(r'id="([^"]+)"', p.read_text())) for p in site.glob("*.html")}
    for page in site.glob("*.html"):
        for href in re.findall(r'href="([^"]+)"', page.read_text()):
            if href.startswith("data:") or "${" in href:
                continue
            name, _, anchor = href.partition("#")
            name = name or page.name
            assert (site / name).is_file(), f"{page.name}: {href}"
            assert name == "lineage.html" or not anchor or anchor in anchors[name] | {"checks"}, (
                f"{page.name}: {href}"
            )


def test_every_page_says_simulated_in_both_languages(site):
    """A failure means that a page could be taken for results on real data."""
    for page in site.glob("*.html"):
        text = page.read_text()
        assert "Simulated data." in text and "模拟数据。" in text, page.name


def test_licensed_releases_do_not_say_simulated(release, declared):
    """A failure means that the label does not follow the data."""
    manifest = json.loads((release / "manifest.json").read_text())
    (release / "manifest.json").write_text(
        json.dumps(manifest | {"data_origin": "licensed", "simulation": None})
    )
    for page in build_site(release, declared, ROOT).parent.glob("*.html"):
        text = page.read_text()
        assert "Licensed data." in text and "Simulated data." not in text, page.name


def test_no_page_reaches_outside(site):
    """A failure means that the site needs or tells another address."""
    for page in site.glob("*.html"):
        text = page.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//cdn|@import|url\(", text), page.name
        assert not re.search(r"<script[^>]+src=|<link[^>]+stylesheet", text), page.name


def test_no_marked_name_or_respondent_gets_out(site):
    """A failure means that a firm name or a respondent of a panel, a message or a file name is published."""
    for name, content in _texts(site).items():
        if name.endswith(".docx"):
            content = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml")
        for mark in (MARK, RESPONDENT, "R-MARK"):
            assert mark.encode() not in content, f"{name} shows {mark}"


def test_small_counts_of_a_personal_source_are_withheld(site):
    """A failure means that five lost respondents can be counted on the page."""
    text = re.sub(r"\s+", " ", (site / "quality.html").read_text())
    row = text[text.index('id="source-sfrc"') : text.index("</tr>", text.index('id="source-sfrc"'))]
    assert "<10" in row.replace("&lt;", "<") and "≈ 40" in row
    assert not re.search(r">\s*[1-5]\s*</span> <span lang", row)


def test_the_few_rows_without_a_value_cannot_be_subtracted(site):
    """A failure means that rows in less rows used give a count under ten."""
    _, _, _, _, into, used, *_ = _graph(site)["columns"]["talent_retention/2/1"]
    assert (into, used) == (None, 37)
    text = (site / "study-talent_retention.html").read_text()
    assert "≈ 40" in text and "&lt;10" in text


def test_the_graph_leads_from_the_raw_table_to_the_cell(site):
    """A failure means that a coefficient cannot be traced to what it stands on."""
    graph = _graph(site)
    names = [node[0] for node in graph["nodes"]]
    panel, *_, terms = graph["columns"]["talent_retention/2/1"]
    staging = graph["nodes"][panel][5][0]
    assert names[panel] == "pnl_talent_retention"
    assert names[graph["nodes"][staging][5][0]] == "sfrc.responses"
    assert terms == [["gender", "stay", "−0.2500", "0.1000", "**"]]


def test_tables_with_free_text_are_only_counted(site):
    """A failure means that a quality table with names is printed."""
    assert "dq_ambiguous_names" in (site / "quality.html").read_text()


def test_match_rates_are_shown_without_small_counts(site):
    """A failure means that readers do not see how well names match, or that four firms can be counted."""
    text = (site / "quality.html").read_text()
    row = text[text.index("patents → listed_firm") :]
    assert re.findall(r">(60 %|·|9 %|10 %)</td>", row)[:2] == ["60 %", "·"]


def test_a_column_names_the_raw_table_it_is_computed_from(site):
    """A failure means that the dictionary does not say where a column comes from."""
    text = (site / "dictionary.html").read_text()
    panel = text[
        text.index('id="pnl_talent_retention"') : text.index(
            "</details>", text.index('id="pnl_talent_retention"')
        )
    ]
    assert panel.count("<code>sfrc.responses</code>") >= 2


def test_a_warning_shows_its_reason_and_owner(site):
    """A failure means that nobody knows why a warning is accepted."""
    text = (site / "quality.html").read_text()
    assert "Known gap" in text and "已知缺口" in text and "a_warning" in text


def test_a_column_that_failed_says_so(site):
    """A failure means that a missing column is hidden."""
    assert "not estimated" in (site / "study-talent_retention.html").read_text()
    assert "could not be estimated" in (site / "index.html").read_text()


def test_proposed_designs_are_marked_wherever_they_are_shown(release, declared):
    """A failure means that our own design could be taken for the paper's."""
    study = declared[0]
    proposed = study.model_copy(update={"paper": study.paper.model_copy(update={"proposed_spec": True})})
    site = build_site(release, [proposed], ROOT).parent
    for name in ("index.html", "study-talent_retention.html"):
        text = (site / name).read_text()
        assert "proposed specification" in text and "拟定设计" in text, name
    assert "Proposed specification" in next(site.glob("tables/*.tex")).read_text()
    column = _graph(site)["columns"]["talent_retention/2/1"]
    assert column[6] is True


def test_same_release_same_bytes(release, declared):
    """A failure means that a site cannot be reproduced."""
    first = _texts(build_site(release, declared, ROOT).parent)
    assert _texts(build_site(release, declared, ROOT).parent) == first


def test_languages_come_in_pairs(site):
    """A failure means that a text is missing in one language."""
    for page in site.glob("*.html"):
        body = page.read_text().split("<body>")[1]
        for tag in ("span", "text"):
            en, zh = (len(re.findall(rf'<{tag} [^>]*lang="{x}"', body)) for x in ("en", "zh"))
            assert en == zh, f"{page.name}: {en} English and {zh} Chinese <{tag}>"


def test_downloads_carry_the_label_and_open(site):
    """A failure means that a table leaves the site without saying what it is."""
    text = next(site.glob("tables/*.csv")).read_text(encoding="utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text)))
    assert (
        row["data_origin"] == "simulated"
        and float(row["estimate"]) == -0.25
        and float(row["planted"]) == -0.3
    )
    assert "Simulated data" in next(site.glob("tables/*.tex")).read_text()
    with zipfile.ZipFile(next(site.glob("tables/*.docx"))) as archive:
        document = archive.read("word/document.xml").decode()
    ElementTree.fromstring(document)
    assert "Simulated data" in document


def test_a_sign_that_differs_from_the_paper_lights_up_on_real_data_only(release, declared):
    """A failure means that a replication that fails looks like one that holds."""
    cards = release / "results" / "scorecard.parquet"
    frame = pd.read_parquet(cards)
    frame.assign(published_estimate=0.287, planted=None).astype({"planted": "float64"}).to_parquet(cards)
    assert "differ in sign" not in (build_site(release, declared, ROOT).parent / "index.html").read_text()
    runs = pd.read_parquet(release / "results" / "runs.parquet")
    runs.assign(status="done").to_parquet(release / "results" / "runs.parquet")
    manifest = json.loads((release / "manifest.json").read_text())
    manifest |= {"data_origin": "licensed", "simulation": None}
    (release / "manifest.json").write_text(json.dumps(manifest))
    assert (
        "1 coefficients differ in sign"
        in (build_site(release, declared, ROOT).parent / "index.html").read_text()
    )
