"""The site of a real run: light, labelled, bilingual, private, and without a word on the browser's console."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import time
from html.parser import HTMLParser

import duckdb
import pandas as pd
import pytest

from keytech.project import Places
from keytech.report.site import build_site
from keytech.studies.declarations import read_studies
from tests.integration.conftest import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
STUDIES = ("talent_keytech", "university_exchange", "talent_retention", "robot_upstream", "pilot_spillover")
PAGES = ("index", *(f"study-{s}" for s in STUDIES), "quality", "dictionary", "lineage")
# Chromium asks its maker for the time and for updates, whatever the page; no page of ours may name these hosts.
OF_THE_BROWSER = re.compile(r"(^|\.)(google|googleapis|gvt1)\.com(:\d+)?$")
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
    for name in ("results", "marts"):
        shutil.copytree(house.current / name, copy / name)
    started = time.process_time()
    build_site(copy, read_studies(ROOT / "analyses" / "studies"), ROOT, Places(ROOT))
    assert time.process_time() - started < 5
    for path in sorted(site.rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (copy / "site" / path.relative_to(site)).read_bytes(), path.name


def _browse(url: str, folder) -> tuple[str, str, str]:
    """The page after its scripts ran, what the browser said, and the log of its network."""
    log = folder / "net.json"
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND", "--disable-sync", "--disable-extensions", f"--user-data-dir={folder / 'profile'}",
         "--enable-logging=stderr", "--virtual-time-budget=2000", f"--log-net-log={log}", "--dump-dom", url],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout, done.stderr, log.read_text(errors="replace") if log.is_file() else ""


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_run_without_a_word_on_the_console_and_without_a_request(site, name, language, tmp_path):
    """A failure means that a script fails in the browser, or that opening the page tells another machine."""
    where = "#talent_keytech/1/1/lntalent" if name == "lineage" else ""
    page, said, network = _browse(
        f"{(site / f'{name}.html').resolve().as_uri()}?lang={language}&theme=dark{where}", tmp_path
    )
    assert "CONSOLE" not in said, [line for line in said.splitlines() if "CONSOLE" in line]
    assert f'data-lang="{language}"' in page and 'data-theme="dark"' in page
    asked = re.findall(r'"url":"https?://([^/"]+)', network)
    assert not [host for host in asked if not OF_THE_BROWSER.search(host)]
    if name == "lineage":
        assert "<svg" in page.split('id="graph"')[1] and "pnl_talent_keytech" in page
