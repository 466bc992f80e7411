"""A release in miniature: one study, one personal source, one panel; with a marked name where it must not get out."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from keytech.studies.declarations import Study
from keytech.studies.results import TERM
from keytech.studies.run import DRAWS, ESTIMATES, FIT, RUNS

ROOT = Path(__file__).parents[3]
MARK = "海棠丙戌精密机械有限公司"
RESPONDENT = "R-MARK-4711"
PLACE = ["talent_retention", "2"]


def _column(name: str, zh: str) -> dict:
    return {"name": name, "data_type": "double", "unit": None, "en": f"Meaning of {name}", "zh": zh,
            "aliases": [zh], "required": False, "caveat_en": "", "caveat_zh": ""}  # fmt: skip


def _node(name: str, layer: str, parents: list[str], columns: list[dict], **more) -> dict:
    return {
        "name": name, "layer": layer, "en": f"One row per thing of {name}.", "zh": "表", "privacy": None,
        "path": f"models/{name}.sql", "parents": parents, "columns": columns,
        "carried": [c["name"] for c in columns], "rows": 40, "meta": {},
    } | more  # fmt: skip


def _catalog() -> dict:
    columns = [_column("gender", "性别"), _column("stay", "居留")]
    meta = {"source_en": "Survey", "source_zh": "调查", "file_patterns": ["*.csv"], "provider_en": "A", "provider_zh": "甲",
            "request_en": "Ask", "request_zh": "申请"}  # fmt: skip
    check = {"severity": "warn", "failures": 3, "models": ["pnl_talent_retention"], "description": "",
             "meta": {"owner": "survey", "reason_en": "Known gap", "reason_zh": "已知缺口"}}  # fmt: skip
    return {
        "nodes": [
            _node("sfrc.responses", "source", [], columns, privacy="personal", meta=meta),
            _node("stg_sfrc__responses", "staging", ["sfrc.responses"], columns,
                  origins={"gender": [["sfrc.responses", "gender"]], "stay": [["sfrc.responses", "stay"]]}),
            _node("pnl_talent_retention", "panels", ["stg_sfrc__responses"], columns,
                  origins={"gender": [["stg_sfrc__responses", "gender"]], "stay": [["stg_sfrc__responses", "stay"]]}),
        ],
        "checks": [
            check | {"name": "a_warning", "status": "warn"},
            check | {"name": "a_pass", "status": "pass", "failures": 0},
        ],
    }  # fmt: skip


def _results(folder: Path) -> None:
    place = [*PLACE, "1"]
    numbers = [-0.25, 0.1, -2.5, 0.012, -0.446, -0.054, "**"]
    estimates = pd.DataFrame([[*place, "Model 1", "stay", "gender", *numbers]], columns=ESTIMATES)
    run = dict.fromkeys(RUNS) | {
        "study": place[0], "table_id": place[1], "column_id": place[2], "headline": True, "proposed_spec": False,
        "status": "done", "estimator": "logit", "formula": "stay ~ gender", "vcov": "iid", "panel": "pnl_talent_retention",
        "rows_in": 40, "rows_missing": 3, "rows_singleton": 0, "rows_separated": 0, "rows_used": 37, "data_origin": "simulated",
    }  # fmt: skip
    failed = run | {
        "column_id": "2", "headline": False, "status": "failed", "rows_used": None,
        "message": f"cohort varies within 14 units of 'gender', first '{MARK}' and '{RESPONDENT}'",
    }  # fmt: skip
    card = estimates[TERM].assign(
        published_estimate=-0.287, published_std_error=0.188, published_stars="", planted=-0.3
    )
    frames = {
        "estimates": estimates, "scorecard": card, "runs": pd.DataFrame([run, failed], columns=RUNS),
        "fit": pd.DataFrame([[*place, *said] for said in (("n_obs", 37.0), ("bootstrap_t", -2.5), ("bootstrap_p", 0.0))], columns=FIT),
        "draws": pd.DataFrame([[*place, i, (i - 50) / 20] for i in range(1, 100)], columns=DRAWS),
        "checks": _checks(),
    }  # fmt: skip
    folder.mkdir(parents=True)
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def _checks() -> pd.DataFrame:
    """A test that passes, one that warns, and border checks: one that fails and one without rows to look at."""
    said = {"label_en": "No size jumps.", "label_zh": "规模没有跳变。", "owner": "team:survey", "reason_en": "Waves differ",
            "reason_zh": "两轮调查不同", "accepted_until": "2027-12-31"}  # fmt: skip
    rows = [
        ("a_pass", "test", "panels", "pnl_talent_retention", "error", "pass", 0),
        ("a_warning", "test", "panels", "pnl_talent_retention", "warn", "warn", 3),
        ("sizes_do_not_jump", "expectation", "landed", "sfrc.responses", "warn", "warn", 4),
        ("nothing_to_see", "expectation", "landed", "sfrc.responses", "error", "empty", 0),
    ]  # fmt: skip
    columns = ["check_name", "kind", "layer", "tables", "severity", "status", "n_failing"]
    return pd.DataFrame(rows, columns=columns).assign(n_checked=45, **said)


def _marts(folder: Path) -> None:
    for schema in ("panels", "quality", "marts"):
        (folder / schema).mkdir(parents=True)
    imports = pd.DataFrame({"year": [2000, 2001], "usd": [2e6, 5e6], "firms": [12, 30]})
    imports.to_parquet(folder / "marts" / "fct_imports.parquet", index=False)
    panel = pd.DataFrame(
        {"gender": [1.0] * 39 + [None], "stay": [1.0] * 20 + [None] * 20, "name": [MARK] * 40}
    )
    panel.to_parquet(folder / "panels" / "pnl_talent_retention.parquet", index=False)
    steps = [("raw", None, 45), ("landed", None, 43), ("rejected", "not a number (double)", 2),
             ("dropped", "duplicate_respondent", 3), ("kept", None, 40)]  # fmt: skip
    account = pd.DataFrame([("sfrc", "responses", *s) for s in steps],
                           columns=["source", "table_name", "step", "reason", "n_rows"])  # fmt: skip
    account.to_parquet(folder / "quality" / "dq_row_accounting.parquet", index=False)
    names = pd.DataFrame({"name_text": [MARK, RESPONDENT], "n_rows": [2, 12]})
    rates = pd.DataFrame(
        [("patents", "listed_firm", 2010, "exact", 60), ("patents", "listed_firm", 2010, "unmatched", 40),
         ("patents", "listed_firm", 2011, "exact", 4), ("patents", "listed_firm", 2011, "unmatched", 40)],
        columns=["source", "firm_system", "year", "match_method", "n_rows"],
    )  # fmt: skip
    rates.to_parquet(folder / "quality" / "dq_match_rates.parquet", index=False)
    rules = pd.DataFrame([("firm", "a", 50, MARK), ("firm", "b", 7, MARK), ("firm", "c", 30, MARK)],
                         columns=["owner_kind", "rule_id", "n_pairs", "example"])  # fmt: skip
    rules.to_parquet(folder / "quality" / "dq_owner_rules.parquet", index=False)
    gaps = pd.DataFrame(
        [("pnl_talent_retention", "gender", None, 40, 1), ("pnl_talent_retention", "stay", None, 40, 20)],
        columns=["table_name", "column_name", "year", "n_rows", "n_missing"],
    )
    gaps.to_parquet(folder / "quality" / "dq_null_rates.parquet", index=False)
    history = pd.DataFrame(
        [("0000-old", "a_pass", "panels", "pass"), ("0000-old", "a_warning", "panels", "pass")],
        columns=["release_id", "check_name", "layer", "status"],
    )
    history.to_parquet(folder / "quality" / "dq_check_history.parquet", index=False)
    names.to_parquet(folder / "quality" / "dq_ambiguous_names.parquet", index=False)


@pytest.fixture
def declared() -> list[Study]:
    """One declared study with one table of two columns."""
    label = {"en": "Wish to stay", "zh": "居留意愿"}
    column = {
        "column_id": "1",
        "label": label,
        "estimator": "logit",
        "formula": "stay ~ gender",
        "headline": True,
    }
    return [Study.model_validate({
        "study": PLACE[0], "label": label, "paper": {"title": "外籍高技术人才居留意愿", "authors": "某某"},
        "panel": "pnl_talent_retention",
        "figures": [{"figure_id": "A1", "label": {"en": "Imports, million", "zh": "进口额（百万）"}, "mart": "fct_imports",
                     "kind": "lines", "category": "year", "value": "usd", "per": 1e6, "counted": "firms"}],
        "tables": [{"table_id": "2", "label": label, "columns": [column, column | {"column_id": "2", "headline": False}]}],
    })]  # fmt: skip


@pytest.fixture
def release(tmp_path) -> Path:
    """The folder of a small release of simulated data."""
    folder = tmp_path / "0001-abc"
    _results(folder / "results")
    _marts(folder / "marts")
    (folder / "catalog.json").write_text(json.dumps(_catalog(), ensure_ascii=False), encoding="utf-8")
    manifest = {
        "release_id": "0001-abc", "data_origin": "simulated", "git_commit": None, "fingerprint": "0" * 64,
        "simulation": {"seed": 1, "scale": 1.0}, "versions": {"duckdb": "2.0.0"}, "raw_files": {"sfrc/a.csv": "0" * 64},
        "landed": [{"source": "sfrc", "table_name": "responses", "file": f"sfrc/{MARK}.csv", "rows_read": 45,
                    "rows_landed": 43, "rows_rejected": 2}],
        "marts": [{"schema": "panels", "name": "pnl_talent_retention", "rows": 40, "sha256": "0" * 64}], "checks": {},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return folder
