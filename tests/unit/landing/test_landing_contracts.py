"""Contracts: read as written, and every slip of the pen is an error that names the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from keytech import cli_landing
from keytech.cli import app
from keytech.landing import ContractError, load_contracts
from keytech.landing.headers import nearest, normalise

FILE = "models/staging/firms/_firms__sources.yml"


def test_a_contract_is_read_as_written(bench):
    """A failure means that landing works by another contract than the one people read."""
    [source] = load_contracts(bench.root)
    years = source.tables[0]
    assert (source.name, source.label_zh, source.studies) == ("firms", "企业", ("talent_keytech",))
    assert (years.name, years.file_patterns, years.key) == ("years", ("**/*年*",), ("stkcd", "year"))
    amount = next(column for column in years.columns if column.name == "amount")
    assert (amount.data_type, amount.unit, amount.required, amount.nullable) == (
        "decimal(18,2)",
        "cny",
        False,
        True,
    )
    assert amount.headers == ("金额(元)", "amount")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("aliases: [企业名称]", "alias: [企业名称]", "column firm_name, config.meta: unknown key 'alias'"),
        ("aliases: [企业名称]", "aliases: [证券 代码]", "claimed by both stkcd and firm_name"),
        ("label_zh: 资产, ", "", "column assets: label_zh is missing"),
        ("data_type: double", "data_type: float", "data_type 'float' is none of"),
        ("required: true, unit", "required: 'yes', unit", "required must be true or false"),
        ("key: [stkcd, year]", "key: [stkcd, jahr]", "key column 'jahr' is not a column"),
        ("privacy: licensed", "privacy: secret", "privacy 'secret' is none of"),
        ("request_zh: 申请企业数据。", "", "request_zh is missing"),
        (
            "encodings: [utf-8-sig, gb18030]\n            key",
            "encodings: [gb]\n            key",
            "encoding 'gb' is none",
        ),
    ],
)
def test_a_slip_in_a_contract_is_an_error_that_names_the_file(bench, old, new, message):
    """A failure means that a misspelt key silently changes what is landed."""
    path = bench.root / FILE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        load_contracts(bench.root)
    assert f"{FILE}: " in str(caught.value)
    assert message in str(caught.value)


def test_the_contracts_of_this_project_are_well_formed():
    """A failure means that the project's own contracts do not load."""
    assert load_contracts(Path(__file__).parents[3])


def test_no_project_is_said(tmp_path):
    """A failure means a traceback where keytech is started outside a project."""
    with pytest.raises(ContractError, match=r"no dbt_project.yml here"):
        load_contracts(tmp_path)


def test_the_nearest_header_is_the_one_a_person_would_name():
    """A failure means that messages point at the wrong header."""
    assert nearest(["资产总计", "assets"], ["负债", "资产合计", "年份"]) == "资产合计"
    assert nearest(["资产总计"], ["x", "y"]) is None
    assert normalise("（ Total ＡＳＳＥＴＳ ）") == "totalassets"


def test_sources_are_listed_and_shown(bench, monkeypatch):
    """A failure means that a person cannot see what is present or what to ask for."""
    monkeypatch.setenv("KEYTECH_PROJECT", str(bench.root))
    monkeypatch.setenv("KEYTECH_RAW", str(bench.raw))
    monkeypatch.setenv("KEYTECH_LANDED", str(bench.landed))
    monkeypatch.setattr(cli_landing, "out", Console(width=200))
    bench.lines("一年.csv", ["1,a,2015,1"])
    run = CliRunner().invoke
    assert "not landed" in run(app, ["sources"]).output
    assert run(app, ["land"]).exit_code == 0
    assert "landed" in run(app, ["sources"]).output
    shown = run(app, ["sources", "show", "firms"]).output
    for words in (
        "Ask for firms.",
        "申请企业数据。",
        "证券代码",
        "decimal(18,2)",
        "header + value",
        "licensed",
    ):
        assert words in shown
    unknown = run(app, ["sources", "show", "firm"])
    assert unknown.exit_code == 2
    assert "firms" in unknown.output
