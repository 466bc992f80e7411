"""Lights for sources, layers and studies, and the list of what needs attention; every light says its reason."""

from __future__ import annotations

from dataclasses import dataclass

from keytech.report.catalog import LAYERS, Check
from keytech.report.disclosure import THRESHOLD
from keytech.report.facts import Account, Facts
from keytech.report.tables import PrintedTable
from keytech.report.words import Text, message, percent, reason, thousands

DEFECT_LIMIT = 0.01
COVER_LIMIT = 0.90
ORDER = ("bad", "warn", "good", "none")
LAYER_NAMES = {
    "source": Text("Raw files", "原始文件"),
    "staging": Text("Staging", "暂存层"),
    "intermediate": Text("Intermediate", "中间层"),
    "core": Text("Core marts", "核心集市"),
    "panels": Text("Panels", "估计面板"),
    "quality": Text("Quality tables", "质量表"),
    "seed": Text("Reference tables", "参照表"),
}


@dataclass(frozen=True)
class Light:
    """One light: `status` is good, warn, bad or none; `why` a sentence, `facts` figures for the columns beside it."""

    name: str
    label: Text
    status: str
    why: Text
    link: str
    facts: dict


@dataclass(frozen=True)
class Notice:
    """Something that needs attention."""

    status: str
    where: Text
    what: Text
    link: str


def source_lights(facts: Facts) -> list[Light]:
    """One light per raw source, worst first: failing checks, then the share of faulty rows."""
    grouped: dict[str, list[Account]] = {}
    for account in facts.accounts:
        grouped.setdefault(account.source, []).append(account)
    lights = [_source_light(facts, name, accounts) for name, accounts in grouped.items()]
    return sorted(lights, key=lambda x: (ORDER.index(x.status), -x.facts["share"], x.name))


def _source_light(facts: Facts, name: str, accounts: list[Account]) -> Light:
    node = facts.catalog.nodes[f"{accounts[0].source}.{accounts[0].table}"]
    label = Text(node.meta.get("source_en") or name, node.meta.get("source_zh") or name)
    raw, bad = sum(a.raw for a in accounts), sum(a.defects for a in accounts)
    share = bad / raw if raw else 0.0
    shown = sum(a.files for a in accounts)
    figures = {
        "raw": raw,
        "files": shown,
        "share": share,
        "tables": len(accounts),
        "privacy": _strictest(facts, accounts),
    }
    figures["simulated"] = facts.simulated and name != "reference" and raw > 0
    status, why = _judge(_checks_of_source(facts, name))
    if status == "good" and not shown:
        status, why = "none", Text("no files delivered", "没有文件")
        if name == "reference":
            why = Text("no official files: starter tables are used", "没有官方文件：使用内置参照表")
    elif status == "good" and share > DEFECT_LIMIT:
        status, why = "warn", _main_fault(accounts, share)
    elif status == "good":
        why = _main_fault(accounts, share) if share else Text("no row is faulty", "没有问题行")
    return Light(name, label, status, why, f"quality.html#source-{name}", figures)


def _strictest(facts: Facts, accounts: list[Account]) -> str:
    classes = ("public", "licensed", "personal")
    found = [facts.catalog.nodes[f"{a.source}.{a.table}"].privacy or "public" for a in accounts]
    return max(found, key=classes.index)


def _main_fault(accounts: list[Account], share: float) -> Text:
    """The share of faulty rows and the table and reason that most of them have."""
    parts = [(p.rows or 0, a.table, p.reasons[0]) for a in accounts for p in a.shown.parts if p.reasons]
    rows, table, code = max(parts, default=(0, "", ""))
    said = reason(code)
    if 0 < sum(a.defects for a in accounts) < THRESHOLD:
        return Text("fewer than ten rows are faulty", "问题行不足十行")
    if not rows:
        return Text(f"{percent(share)} of rows are faulty", f"{percent(share)}的行有问题")
    return Text(
        f"{percent(share)} of rows are faulty; most lost in {table}: {said.en}",
        f"{percent(share)}的行有问题；{table}中最多的是：{said.zh}",
    )


def _checks_of_source(facts: Facts, source: str) -> list[Check]:
    """Checks on the source's tables and on models that rest on no other source."""
    mine = {n for n in facts.catalog.nodes if n.startswith(f"{source}.")}
    for name, node in facts.catalog.nodes.items():
        above = facts.catalog.sources_of(name) if node.layer in {"staging", "intermediate"} else []
        if above and all(s.startswith(f"{source}.") for s in above):
            mine.add(name)
    return [c for c in facts.catalog.checks if mine & set(c.models)]


def _judge(checks: list[Check]) -> tuple[str, Text]:
    failing = [c for c in checks if c.bad and c.severity == "error"]
    warning = [c for c in checks if c.status == "warn" or (c.bad and c.severity != "error")]
    if failing:
        return "bad", Text(
            f"{len(failing)} check(s) fail: {failing[0].name}",
            f"{len(failing)}项检查未通过：{failing[0].name}",
        )
    if warning:
        return "warn", Text(
            f"{len(warning)} warning(s): {warning[0].name}", f"{len(warning)}项警告：{warning[0].name}"
        )
    return "good", Text("all checks pass", "检查全部通过")


def layer_of(facts: Facts, check: Check) -> str:
    """The layer a check belongs to: the deepest of the tables it reads, so that each check is counted once."""
    layers = [facts.catalog.nodes[m].layer for m in check.models if m in facts.catalog.nodes]
    order = ("seed", *LAYERS)
    return max(layers, key=order.index, default="seed")


def layer_lights(facts: Facts) -> list[Light]:
    """One light per layer with its checks; a layer is as bad as its worst check."""
    lights = []
    for layer in ("source", "seed", *LAYERS[1:]):
        checks = [c for c in facts.catalog.checks if layer_of(facts, c) == layer]
        nodes = [n for n in facts.catalog.in_layer(layer) if not n.name.startswith("landing.")]
        status, why = _judge(checks)
        if layer == "source" and status == "good":
            status, why = _landing(facts)
        elif not checks:
            status, why = (
                "none",
                Text("no check of its own; checked further down", "本层没有检查，由下游检查"),
            )
        passed = sum(c.status == "pass" for c in checks)
        figures = {"tables": len(nodes), "checks": len(checks), "passed": passed}
        lights.append(Light(layer, LAYER_NAMES[layer], status, why, "quality.html#checks", figures))
    return lights


def _landing(facts: Facts) -> tuple[str, Text]:
    """The first border: does every raw row land or get rejected with a reason."""
    off = [a for a in facts.accounts if a.kept < 0]
    if off:
        name = f"{off[0].source}.{off[0].table}"
        return "bad", Text(f"rows do not add up: {name}", f"行数不平衡：{name}")
    return "good", Text("every row is landed or rejected with a reason", "每一行都已入库或注明拒收原因")


def study_light(tables: list[PrintedTable], *, simulated: bool) -> Light:
    """Done, agreeing, or not: columns that could not be estimated, planted values missed; on real data signs that differ.

    The synthetic economy holds the planted effects only, so there the other published signs are no test.
    """
    study = tables[0].study
    total = {k: sum(t.verdict()[k] for t in tables) for k in tables[0].verdict()}
    failed = total["columns"] - total["done"]
    headline = [r for t in tables for r, c in zip(t.runs, t.table.columns, strict=True) if c.headline]
    share = total["within"] / total["planted"] if total["planted"] else 1.0
    status, why = "good", Text("every column is estimated", "全部列均已估计")
    if any(r["status"] != "done" for r in headline):
        status, why = "bad", Text("a headline column could not be estimated", "主要结果有列未能估计")
    elif failed:
        status = "warn"
        why = Text(
            f"{failed} of {total['columns']} columns could not be estimated",
            f"{total['columns']}列中有{failed}列未能估计",
        )
    elif share < COVER_LIMIT:
        status = "warn"
        why = Text(
            f"only {percent(share, 0)} of planted values are met", f"仅{percent(share, 0)}的植入值得到恢复"
        )
    elif not simulated and total["same_sign"] < COVER_LIMIT * total["published"]:
        status = "warn"
        differ = total["published"] - total["same_sign"]
        why = Text(f"{differ} coefficients differ in sign from the paper", f"{differ}个系数与论文符号不同")
    label = Text(study.label.en, study.label.zh)
    return Light(
        study.study, label, status, why, f"study-{study.study}.html", total | {"tables": len(tables)}
    )


def notices(facts: Facts, sources: list[Light], tables: list[PrintedTable]) -> list[Notice]:
    """What needs attention, worst first: failing and warning checks, faulty sources, columns not estimated, misses."""
    found = [_check_notice(facts, c) for c in facts.catalog.checks if c.status != "pass"]
    found += [Notice("warn", s.label, s.why, s.link) for s in sources if s.status == "warn"]
    for table in tables:
        found += _table_notices(facts, table)
    return sorted(found, key=lambda n: (ORDER.index(n.status), n.link, n.what))


def _check_notice(facts: Facts, check: Check) -> Notice:
    status = "bad" if check.bad and check.severity == "error" else "warn"
    n = thousands(check.failures) if check.failures >= 10 or not check.failures else "<10"
    why = check.meta.get("reason_en") or check.description
    why_zh = check.meta.get("reason_zh") or why
    said = Text(
        f"{check.name}: {n} rows{'. ' + why if why else ''}",
        f"{check.name}：{n}行{'。' + why_zh if why_zh else ''}",
    )
    return Notice(status, LAYER_NAMES[layer_of(facts, check)], said, "quality.html#checks")


def _table_notices(facts: Facts, table: PrintedTable) -> list[Notice]:
    where = Text(
        f"{table.study.study}, table {table.table.table_id}", f"{table.study.study}，表{table.table.table_id}"
    )
    link = f"study-{table.study.study}.html#table-{table.table.table_id}"
    found = []
    failed = [r for r in table.runs if r["status"] not in {"done", "no_data"}]
    if failed:
        ids = ", ".join(r["column_id"] for r in failed)
        why = message(facts.redact(failed[0]["message"]) or failed[0]["status"])
        said = Text(f"column {ids} could not be estimated: {why.en}", f"第{ids}列未能估计：{why.zh}")
        found.append(Notice("bad" if table.headline else "warn", where, said, link))
    far = [c for c in table.cells if c.gap is not None and abs(c.gap) > 3]
    if far:
        worst = max(far, key=lambda c: abs(c.gap))
        said = Text(
            f"{worst.term} in column {worst.column_id} is {abs(worst.gap):.1f} standard errors from its planted value",
            f"第{worst.column_id}列{worst.term}与植入值相差{abs(worst.gap):.1f}个标准误",
        )
        found.append(Notice("warn", where, said, link))
    return found
