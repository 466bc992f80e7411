"""The site of a real run: light, labelled, bilingual, private, and without a word on the browser's console."""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
import time
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree

import duckdb
import pandas as pd
import pytest

from keytech.project import Places
from keytech.report.site import build_site
from keytech.studies.declarations import read_studies
from tests.integration.browser import CHROMIUM, FAINT, Browser
from tests.integration.conftest import ROOT

STUDIES = ("talent_keytech", "university_exchange", "talent_retention", "robot_upstream", "pilot_spillover")
PAGES = ("index", *(f"study-{s}" for s in STUDIES), "quality", "dictionary", "lineage")
QUIET = {"code", "script", "style", "svg", "cite", "option", "title"}


@pytest.fixture(scope="module")
def site(house):
    return house.current / "site"


def _pages(site):
    return {name: (site / f"{name}.html").read_text(encoding="utf-8") for name in PAGES}


def test_every_page_is_there_and_light(site):
    """A failure means that a page is missing or too heavy to send."""
    for name in PAGES:
        assert (site / f"{name}.html").stat().st_size < 3_000_000, name


def test_every_page_says_where_the_data_come_from(site):
    """A failure means that a page could be taken for results on real data."""
    for name, text in _pages(site).items():
        assert 'class="origin simulated"' in text and "Simulated data." in text and "模拟数据。" in text, name


def test_no_page_needs_another_address(site):
    """A failure means that the site is not self-contained."""
    for name, text in _pages(site).items():
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//|@import|url\(|fetch\(|XMLHttp', text), name


class _Visible(HTMLParser):
    """Text outside code, figures and elements that exist in both languages."""

    def __init__(self):
        super().__init__()
        self.stack, self.found = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in {"br", "meta", "link", "input", "rect", "path", "circle"}:
            named = dict(attrs)
            quiet = tag in QUIET or ("lang" in named and tag != "html") or named.get("class") == "data"
            self.stack.append((tag, quiet))

    def handle_endtag(self, tag):
        if any(t == tag for t, _ in self.stack):
            while self.stack.pop()[0] != tag:
                pass

    def handle_data(self, data):
        if not any(quiet for _, quiet in self.stack):
            self.found.append(data.strip())


WORDS_OF_THE_TRADE = re.compile(
    r"(csv|LaTeX|Word|SHA-256|sha256|Kleibergen-Paap|Cragg-Donald|Anderson-Rubin|rk|LM|Wald|seed|R²|cluster|hetero|iid)+"
)


def test_every_text_comes_in_both_languages(site):
    """A failure means that a reader of one language meets a sentence in the other."""
    for name, text in _pages(site).items():
        parser = _Visible()
        parser.feed(text)
        single = [
            t
            for t in parser.found
            if re.search(r"[A-Za-z]{3,} [A-Za-z]{2,} [A-Za-z]{2,}|[\u4e00-\u9fff]{3,}", t)
        ]
        known = [t for t in single if not _listed(t, name)]
        assert not known, f"{name}: {known[:5]}"


def _listed(text: str, page: str) -> bool:
    """Raw headers of the dictionary, authors of a paper and rows of estimators stay as they are."""
    return page == "dictionary" or " · " in text or WORDS_OF_THE_TRADE.search(text) is not None


def test_coefficients_of_every_estimated_column_are_on_the_site(site, house):
    """A failure means that an estimate is stored and not shown."""
    graph = _graph(site)
    runs = pd.read_parquet(house.current / "results" / "runs.parquet")
    for run in runs[runs["status"] == "done"].itertuples():
        assert graph["columns"][f"{run.study}/{run.table_id}/{run.column_id}"][7], run


def test_every_coefficient_leads_to_raw_files(site):
    """A failure means that the lineage of a coefficient ends before a raw table."""
    graph = _graph(site)
    nodes, source = graph["nodes"], graph["layers"].index("source")
    for key, column in graph["columns"].items():
        if not column[7]:
            continue
        todo, seen = [column[0]], set()
        while todo:
            i = todo.pop()
            if i not in seen:
                seen.add(i)
                todo += nodes[i][5]
        assert any(nodes[i][1] == source and nodes[i][7] for i in seen), key


def _graph(site) -> dict:
    text = (site / "lineage.html").read_text(encoding="utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_no_firm_and_no_respondent_is_on_the_site(site, house):
    """A failure means that a row of a licensed or personal source is published."""
    with duckdb.connect(str(house.current / "warehouse.duckdb"), read_only=True) as connection:
        firms = {
            r[0] for r in connection.execute("select distinct stkcd from marts.dim_listed_firm").fetchall()
        }
    answers = pd.read_parquet(house.current / "marts" / "panels" / "pnl_talent_retention.parquet")
    people = set(answers["respondent_id"].astype(str))
    written = [
        pd.read_parquet(house.truth / f"{name}.parquet")["raw_name"] for name in ("links", "applicants")
    ]
    names = {n for column in written for n in column.astype(str) if len(n) >= 6}
    assert len(firms) > 1000 and len(people) > 500 and len(names) > 10_000
    for path in sorted(site.rglob("*")):
        if path.suffix in {".html", ".csv", ".tex"}:
            text = html.unescape(path.read_text(encoding="utf-8-sig"))
            tokens = set(re.findall(r"(?<![\d.,])\d{6}(?![\d.,])", text)) - {"000000"}
            assert not tokens & firms, f"{path.name}: {sorted(tokens & firms)[:3]}"
            assert not set(re.findall(r"[\w-]{5,}", text)) & {p for p in people if len(p) >= 5}, path.name
            said = {part.strip() for part in re.split(r"[<>\"',;|\t\n&，；、：。 ]+", text)}
            assert not said & names, f"{path.name}: {sorted(said & names)[:3]}"


def test_the_site_is_built_again_in_seconds_with_the_same_bytes(site, house, tmp_path):
    """A failure means that the site slows the release down or depends on the clock."""
    copy = tmp_path / "release"
    copy.mkdir()
    for name in ("manifest.json", "catalog.json"):
        shutil.copy(house.current / name, copy / name)
    for name in ("results", "marts", "data_docs"):
        shutil.copytree(house.current / name, copy / name)
    started = time.process_time()
    build_site(copy, read_studies(ROOT / "analyses" / "studies"), ROOT, Places(ROOT))
    assert time.process_time() - started < 5
    for path in sorted(site.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (copy / "site" / path.relative_to(site)).read_bytes(), path.name


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One Chromium for all pages."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    running = Browser(tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh", "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_pages_run_silently_ask_nobody_and_can_be_read(site, browser, name, language, theme):
    """A failure means that a script fails, that opening the page tells another machine, or that a text is too faint."""
    where = "#talent_keytech/1/1/lntalent" if name == "lineage" else ""
    browser.visit(f"{(site / f'{name}.html').resolve().as_uri()}?lang={language}&theme={theme}{where}")
    assert browser.said == []
    assert [url for url in browser.asked if not url.startswith(("file:", "data:"))] == []
    assert browser.run("[document.documentElement.dataset.lang, document.documentElement.dataset.theme]") == [
        language, theme,
    ]  # fmt: skip
    if name == "lineage":
        assert "pnl_talent_keytech" in browser.run("document.querySelector('#graph svg').textContent")
    faint = browser.run(FAINT)
    assert faint["texts"] > 20 and faint["found"] == []


def test_the_keyboard_shows_where_it_is(site, browser):
    """A failure means that someone without a mouse cannot see which link or button is active."""
    browser.visit(f"{(site / 'study-talent_keytech.html').resolve().as_uri()}?lang=en&theme=light")
    seen = set()
    for _ in range(40):
        browser.press("Tab", 9)
        tag, width, style, left = browser.run(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.tagName, parseFloat(s.outlineWidth), s.outlineStyle, e.getBoundingClientRect().left]; })()"
        )
        assert width >= 2 and style != "none" and left >= 0, tag
        seen.add(tag)
    assert {"A", "BUTTON", "SUMMARY"} <= seen


def test_language_and_theme_change_by_their_buttons(site, browser):
    """A failure means that a reader cannot leave the language or the theme of the browser."""
    browser.visit(f"{(site / 'index.html').resolve().as_uri()}?lang=en&theme=light")
    for button in ("language", "theme"):
        browser.run(f"document.getElementById('{button}').click()")
    state = browser.run(
        "[document.documentElement.lang, document.documentElement.dataset.theme, document.title]"
    )
    assert state[:2] == ["zh-CN", "dark"] and state[2].startswith("概览")


def test_every_download_is_there_and_opens(site):
    """A failure means that a link leads nowhere or to a file that Excel, LaTeX or Word refuse."""
    linked = {
        found
        for text in _pages(site).values()
        for found in re.findall(r'href="(tables/[^"]+)" download', text)
    }
    assert linked == {f"tables/{path.name}" for path in (site / "tables").iterdir()} and len(linked) > 200
    for name in sorted(linked):
        path = site / name
        if path.suffix == ".docx":
            with zipfile.ZipFile(path) as archive:
                ElementTree.fromstring(archive.read("word/document.xml"))
        elif path.suffix == ".csv":
            rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
            assert len({len(row) for row in rows}) == 1 and "data_origin" in rows[0], name
        else:
            text = path.read_text(encoding="utf-8")
            assert text.count(r"\begin{") == text.count(r"\end{") > 0, name
