"""The static site of a release: pages that carry their own style and script, no outside address, English and Chinese.

Figures are SVG drawn here instead of Vega: no script runtime of a megabyte per page, colours that follow light and
dark, words in both languages, and the same bytes for the same release.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from keytech.project import Places
from keytech.report import (
    catalog,
    coverage,
    descriptives,
    dictionary,
    flow,
    history,
    lineage,
    quality,
    studies,
)
from keytech.report.disclosure import share_of, split
from keytech.report.export import as_csv, as_docx, as_latex
from keytech.report.facts import Account, Facts, read_facts
from keytech.report.lights import (
    LAYER_NAMES,
    Light,
    Notice,
    layer_lights,
    notices,
    source_lights,
    study_light,
)
from keytech.report.plots import share_bar
from keytech.report.tables import STATISTICS, PrintedTable, printed_table
from keytech.report.units import unit_zh
from keytech.report.words import (
    FILTERS,
    STATUSES,
    Text,
    both,
    first_words,
    message,
    number,
    percent,
    printed,
    reason,
    slug,
    statistic,
    thousands,
)
from keytech.studies.declarations import Study

SHORT = {
    "talent_keytech": Text("Foreign experts", "国际人才"),
    "university_exchange": Text("University exchange", "高校交流"),
    "talent_retention": Text("Wish to stay", "居留意愿"),
    "robot_upstream": Text("Robots upstream", "机器人与上游"),
    "pilot_spillover": Text("Pilot spillovers", "试点溢出"),
}


def build_site(release: Path, declared: list[Study], project: Path, places: Places | None = None) -> Path:
    """Write `<release>/site/` from the release's own files; returns the path of its first page.

    dbt's manifest and the audit record (from `places`, by default those of `project`) are kept in the release as
    `catalog.json` first. Aggregates only: rows of panels are read to count missing values, and none is written.
    """
    places = places or Places(project)
    catalog.snapshot(release, places.dbt_target, places.build)
    facts = read_facts(release, project)
    tables = [
        printed_table(study, table, facts.results, facts.published_fit)
        for study in declared for table in study.tables
    ]  # fmt: skip
    site = release / "site"
    shutil.rmtree(site, ignore_errors=True)
    (site / "tables").mkdir(parents=True)
    pages = _Pages(facts, declared, tables)
    for name, text in pages.all():
        (site / name).write_text(text, encoding="utf-8")
    _downloads(site / "tables", tables, facts.manifest["data_origin"])
    return site / "index.html"


def _downloads(folder: Path, tables: Iterable[PrintedTable], origin: str) -> None:
    for table in tables:
        stem = slug(f"{table.study.study}_table_{table.table.table_id}")
        (folder / f"{stem}.csv").write_text(as_csv(table, origin), encoding="utf-8")
        (folder / f"{stem}.tex").write_text(as_latex(table, origin), encoding="utf-8")
        (folder / f"{stem}.docx").write_bytes(as_docx(table, origin))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("keytech.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["first_words"] = first_words
    environment.globals |= {
        "both": both, "thousands": thousands, "percent": percent, "number": number, "reason": reason, "slug": slug,
        "share_bar": share_bar, "unit_zh": unit_zh, "printed": printed, "statistic": statistic, "message": message, "STATISTICS": STATISTICS, "layer_names": LAYER_NAMES,
    }  # fmt: skip
    return environment


class _Pages:
    """All pages of one release; each method renders one."""

    def __init__(self, facts: Facts, declared: list[Study], tables: list[PrintedTable]):
        self.facts, self.tables = facts, tables
        self.sources, self.layers = source_lights(facts), layer_lights(facts)
        self.studies = [self._study(s) for s in sorted(declared, key=_print_order)]
        self.notices = notices(facts, self.sources, tables)
        self.environment = _environment()

    def _study(self, study: Study) -> dict[str, Any]:
        mine = [t for t in self.tables if t.study is study]
        short = SHORT.get(study.study, Text(study.study, study.study))
        return {
            "study": study,
            "light": study_light(mine, simulated=self.facts.simulated),
            "tables": mine,
            "short": short,
        }

    def all(self) -> Iterable[tuple[str, str]]:
        """(file name, text) of every page."""
        yield "index.html", self.overview()
        for study in self.studies:
            yield study["light"].link, self.study(study)
        yield "quality.html", self.quality()
        yield "dictionary.html", self.dictionary()
        yield "lineage.html", self.lineage()

    def _render(self, template: str, title: Text, here: str, **more: Any) -> str:
        pages = [
            ("index.html", Text("Overview", "概览")), (self.studies[0]["light"].link, Text("Studies", "研究")),
            ("quality.html", Text("Data quality", "数据质量")), ("dictionary.html", Text("Dictionary", "数据字典")),
            ("lineage.html", Text("Lineage", "数据血缘")),
        ]  # fmt: skip
        shared = {"facts": self.facts, "pages": pages, "title": title, "here": here, "studies": self.studies}
        return self.environment.get_template(template).render(**shared, **more)

    def overview(self) -> str:
        return self._render(
            "index.html", Text("Overview", "概览"), "Overview", sources=self.sources, layers=self.layers,
            notices=self.notices, verdict=_verdict(self.notices), kpis=self._kpis(), panels=self._panels(),
            n_tables=len(self.tables), lost=flow.lost_in_words(self._flows()),
        )  # fmt: skip

    def _flows(self) -> list[flow.Flow]:
        """The way to the main panel of each study."""
        found = [flow.flow_of(self.facts, s["study"].panel) for s in self.studies]
        return [f for f in found if f is not None and f.raw]

    def _kpis(self) -> list[tuple[str, Text]]:
        raw = sum(a.raw for a in self.facts.accounts)
        faulty = sum(a.defects for a in self.facts.accounts)
        checks = self.facts.catalog.checks
        total = [s["light"].facts for s in self.studies]
        return [
            (thousands(len(self.facts.manifest["raw_files"])), Text("raw files", "原始文件")),
            (thousands(raw), Text("raw rows", "原始行")),
            (share_of(faulty, raw), Text("of them faulty", "问题行占比")),
            (f"{sum(c.status == 'pass' for c in checks)} / {len(checks)}", Text("checks passed", "通过检查")),
            (f"{sum(f['done'] for f in total)} / {sum(f['columns'] for f in total)}",
             Text("columns estimated", "已估计列")),
        ]  # fmt: skip

    def _panels(self) -> list[dict]:
        known = self.facts.catalog
        accounts = {f"{a.source}.{a.table}": a for a in self.facts.accounts}
        rows = []
        for node in known.in_layer("panels"):
            above = [accounts[n] for n in known.sources_of(node.name) if n in accounts]
            shown, _ = self.facts.samples.get(node.name, (None, False))
            raw, faulty = sum(a.raw for a in above), sum(a.defects for a in above)
            rows.append({
                "name": node.name, "en": node.en, "zh": node.zh, "raw": raw, "rows": node.rows,
                "faulty": share_of(faulty, raw),
                "candidates": thousands(shown.total) if shown else "–",
                "screened": percent(1 - shown.kept / shown.total, 1) if shown else "–",
            })  # fmt: skip
        return rows

    def study(self, entry: dict[str, Any]) -> str:
        study, tables, light = entry["study"], entry["tables"], entry["light"]
        known = [a for a in studies.anomalies() if a.study == study.study]
        rows = flow.flow_of(self.facts, study.panel)
        ids = {t.table.table_id for t in tables}
        return self._render(
            "study.html", light.label, "Studies", study=study, tables=tables, me=light,
            term_label=lambda t, term: studies.term_label(self.facts, t.study.panel, term),
            figures=lambda t: studies.figures(self.facts, t), rows_of=self._rows_of,
            numbered=_numbered, notes=lambda t: [a for a in known if t.table.table_id in a.tables],
            loose=[a for a in known if not ids & set(a.tables)],
            drawings=descriptives.descriptive_figures(self.facts, study),
            codebook=descriptives.codebook(self.facts, study),
            flow=flow.flow_figure(rows) if rows and rows.raw else None,
        )  # fmt: skip

    def _rows_of(self, run: dict) -> dict[str, Any]:
        """Rows in, left out by cause, used. The number used is the N of the table; where few are left out, rows in are rounded."""
        names = {
            "rows_missing": Text("missing value", "缺失值"), "rows_singleton": Text("singleton", "单例"),
            "rows_separated": Text("separated", "完全可分"), "outside": Text("outside the sample", "样本外"),
        }  # fmt: skip
        if run.get("rows_used") is None:
            return {"total": thousands(run.get("rows_in")), "parts": [], "used": "–"}
        lost = {k: int(run.get(k) or 0) for k in names if k != "outside"}
        lost["outside"] = max(0, int(run["rows_in"]) - int(run["rows_used"]) - sum(lost.values()))
        protect = self.facts.catalog.privacy_of(run["panel"]) != "public"
        shown = split(int(run["rows_in"]), lost, protect=protect)
        parts = [
            (Text(", ".join(names[r].en for r in p.reasons), "、".join(names[r].zh for r in p.reasons)),
             "<10" if p.rows is None else thousands(p.rows))
            for p in shown.parts
        ]  # fmt: skip
        total = thousands(shown.total) if shown.exact else f"≈ {thousands(round(shown.total, -1))}"
        return {"total": total, "parts": parts, "used": thousands(run["rows_used"])}

    def quality(self) -> str:
        facts = self.facts
        grouped: dict[str, list[Account]] = {light.name: [] for light in self.sources}
        for account in facts.accounts:
            grouped[account.source].append(account)
        panels = [n.name for n in facts.catalog.in_layer("panels")]
        by_layer = quality.checks_by_layer(facts)
        return self._render(
            "quality.html", Text("Data quality", "数据质量"), "Data quality", layers=self.layers,
            sources=sorted(grouped.items()), labels={light.name: light.label for light in self.sources}, shares=_shares,
            samples=[(n, facts.samples[n][0]) for n in panels if n in facts.samples],
            unsampled=[n for n in panels if n not in facts.samples], nodes=facts.catalog.nodes,
            missing=quality.missing_grids(facts), matches=quality.match_grid(facts), coverage=coverage.coverages(facts), measures=quality.measures(facts), by_layer=by_layer,
            attention=[c for checks in by_layer.values() for c in checks if c.status != "pass"],
            n_checks=len(facts.catalog.checks), rates=history.pass_rates(facts), drift=history.drift(facts),
            deliveries=history.freshness(facts), suites=history.suites(facts), crosswalks=history.crosswalks(facts),
            cities=history.cities(facts), statuses=STATUSES, docs=(facts.release / "data_docs" / "index.html").is_file(),
        )  # fmt: skip

    def dictionary(self) -> str:
        layers = dictionary.sheets(self.facts.catalog)
        flat = [sheet for sheets in layers.values() for sheet in sheets]
        return self._render(
            "dictionary.html", Text("Data dictionary", "数据字典"), "Dictionary", layers=layers,
            n_tables=len(flat), n_columns=sum(len(s.entries) for s in flat),
        )  # fmt: skip

    def lineage(self) -> str:
        graph = Markup(lineage.graph(self.facts, self.tables))
        return self._render("lineage.html", Text("Lineage", "数据血缘"), "Lineage", graph=graph)


def _numbered(table: PrintedTable) -> Markup | str:
    """`Table 3` in both languages; nothing for tables that have a name instead of a number."""
    name = table.table.table_id
    return "" if name.islower() else both(f"Table {name}", f"表{name}")


def _print_order(study: Study) -> tuple[int, str]:
    """The five studies in the order of the papers, others after them."""
    return (list(SHORT).index(study.study) if study.study in SHORT else len(SHORT), study.study)


def _things(n: int, one: str, more: str) -> str:
    return f"{n} thing {one}" if n == 1 else f"{n} things {more}"


def _verdict(found: list[Notice]) -> dict[str, Any]:
    bad, warn = (sum(n.status == s for n in found) for s in ("bad", "warn"))
    if bad:
        said = Text(
            f"{_things(bad, 'fails', 'fail')}, {warn} more to look at.",
            f"{bad}项未通过，另有{warn}项需留意。",
        )
        return {"status": "bad", "what": said}
    if warn:
        need = _things(warn, "needs a look", "need a look")
        said = Text(f"Published; nothing fails, {need}.", f"已发布；没有未通过项，{warn}项需留意。")
        return {"status": "warn", "what": said}
    return {"status": "good", "what": Text("Published; every check passes.", "已发布；全部检查通过。")}


def _shares(account: Account) -> list[tuple[str, float]]:
    """Kept, faulty and unused shares of an account as printed, so that the bar tells no more than the numbers."""
    shown = account.shown
    unused = sum(p.rows or 0 for p in shown.parts if p.reasons[0] in FILTERS) / shown.total
    faulty = sum(p.rows or 0 for p in shown.parts if p.reasons[0] not in FILTERS) / shown.total
    return [("kept", 1 - unused - faulty), ("defect", faulty), ("filter", unused)]


__all__ = ["Light", "build_site"]
