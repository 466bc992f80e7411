"""The analyst's tools: exact columns, nothing lost, clear refusals, and the identification of firms."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keytech.cli import app

RIGHT = """stkcd,name,former_names
600690,海尔智家股份有限公司,青岛海尔股份有限公司;青岛海尔电冰箱股份有限公司
2,深圳大族激光科技股份有限公司,
3,北京第一机床制造有限公司,
4,深圳市康达化工新材料股份有限公司,
5,重名科技有限公司,
6,重名科技有限公司,
7,鞍钢股份有限公司,
8,鞍钢集团有限公司,
9,华为技术有限公司,
10,上海华强电子有限公司,
"""
WANTED = [
    ("海尔智家股份有限公司", "600690", "exact"),
    ("青島海爾股份有限公司", "600690", "former_name"),
    ("海尔智家有限责任公司", "600690", "legal_form"),
    ("深圳市大族激光科技有限公司", "2", "place_free"),
    ("北京第二机床制造有限公司", "", "unmatched"),
    ("深圳市康达化工新材枓有限公司", "4", "fuzzy"),
    ("重名科技有限公司", "", "ambiguous"),
    ("鞍钢股份有限公司", "7", "exact"),
    ("鞍钢（集团）有限责任公司", "", "ambiguous"),
    ("华为技术服务有限公司", "", "unmatched"),
    ("北京华强电子有限公司", "", "unmatched"),
    ("无此公司", "", "unmatched"),
    ("", "", "unmatched"),
]


def run(*arguments: object) -> str:
    """Output of the command line; fails the test on a non-zero exit."""
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def rows(path: Path) -> list[dict[str, str]]:
    """Rows of a csv as dictionaries."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_names_are_matched_by_the_first_level_with_a_candidate(tmp_path):
    """A failure means that a firm is guessed, or missed although it is plain."""
    (tmp_path / "right.csv").write_text(RIGHT, encoding="utf-8")
    lines = "".join(f"{i},{name}\n" for i, (name, _, _) in enumerate(WANTED))
    (tmp_path / "left.csv").write_text("no,name\n" + lines, encoding="gb18030")
    run("names", "match", tmp_path / "left.csv", tmp_path / "right.csv", "--out", tmp_path / "out.csv")
    found = [(row["name"], row["right_id"], row["match_method"]) for row in rows(tmp_path / "out.csv")]
    assert found == WANTED
    assert list(rows(tmp_path / "out.csv")[0]) == ["no", "name", "right_id", "match_method", "match_score"]


def test_former_names_may_stand_in_rows_of_their_own(tmp_path):
    """A failure means that a long name history is read as current names."""
    right = "id,name,name_type\n1,海尔智家股份有限公司,现用名\n1,青岛海尔股份有限公司,曾用名\n"
    (tmp_path / "right.csv").write_text(right, encoding="utf-8-sig")
    (tmp_path / "left.csv").write_text("applicant\n青岛海尔股份有限公司\n", encoding="utf-8-sig")
    run("names", "match", tmp_path / "left.csv", tmp_path / "right.csv", "--out", tmp_path / "out.csv")
    assert [(r["right_id"], r["match_method"]) for r in rows(tmp_path / "out.csv")] == [("1", "former_name")]


def matched(tmp_path: Path, left: str, right: str, *options: str) -> list[tuple[str, str]]:
    """(right_id, match_method) of a left and a right csv given as text."""
    (tmp_path / "left.csv").write_text(left, encoding="utf-8")
    (tmp_path / "right.csv").write_text(right, encoding="utf-8")
    out = tmp_path / "out.csv"
    run("names", "match", tmp_path / "left.csv", tmp_path / "right.csv", "--out", out, *options)
    return [(row["right_id"], row["match_method"]) for row in rows(out)]


REGISTERS = [
    "stkcd,old_name,new_name\n1,青岛海尔股份有限公司,海尔智家股份有限公司\n2,,甲科技股份有限公司\n",
    "id,name,valid_from,valid_to\n1,青岛海尔股份有限公司,1993-01-01,2019-06-30\n1,海尔智家股份有限公司,2019-07-01,\n2,甲科技股份有限公司,,\n",
    "id,name\n1,海尔智家股份有限公司（原青岛海尔股份有限公司）\n2,甲科技股份有限公司\n",
    'id,name,曾用名\n1,海尔智家股份有限公司,"青岛海尔电冰箱股份有限公司(1989-2001)→青岛海尔股份有限公司(2001-2019)"\n2,甲科技股份有限公司,\n',
    "id,name,former_names\n1,海尔智家股份有限公司,\"['青岛海尔电冰箱股份有限公司', '青岛海尔股份有限公司']\"\n2,甲科技股份有限公司,\n",
    "name,former_name_1,former_name_1_date,former_name_2\n海尔智家股份有限公司,青岛海尔电冰箱股份有限公司,2001-01-01,青岛海尔股份有限公司\n",
]


@pytest.mark.parametrize("right", REGISTERS)
def test_former_names_are_found_however_a_register_tells_them(tmp_path, right):
    """A failure means that a renamed firm is lost because of how a file writes its history."""
    left = "old_name\n青岛海尔股份有限公司\n海尔智家股份有限公司\n"
    first = "海尔智家股份有限公司" if right.startswith("name,") else "1"
    assert matched(tmp_path, left, right) == [(first, "former_name"), (first, "exact")]


def test_a_former_name_told_in_brackets_identifies_the_firm(tmp_path):
    """A failure means that 甲公司（原乙公司） is matched to nobody although one of its names is known."""
    left = "名称\n海尔智家股份有限公司（曾用名：青岛海尔股份有限公司）\n无名有限公司（原青岛海尔股份有限公司、无名厂）\n"
    right = "id,name,former\n1,海尔智家股份有限公司,青岛海尔股份有限公司\n"
    assert matched(tmp_path, left, right) == [("1", "exact"), ("1", "former_name")]


def test_marks_of_the_exchange_do_not_hide_a_short_name(tmp_path):
    """A failure means that a share under special treatment is another firm."""
    left = "name\n*ST海润\nG海尔\n万科A\nS上石化\n海润光伏科技股份有限公司\n"
    right = (
        "id,name,证券简称\n1,海润光伏科技股份有限公司,海润\n2,海尔智家股份有限公司,海尔\n"
        "3,万科企业股份有限公司,万科A\n4,中国石化上海石油化工股份有限公司,上石化\n"
    )
    assert matched(tmp_path, left, right) == [(str(i), "exact") for i in (1, 2, 3, 4, 1)]


def test_codes_under_different_headers_are_the_same_code(tmp_path):
    """A failure means that a credit code is overlooked because the files name it differently."""
    left, right = "name,uscc\n乙厂,91A\n", "id,name,统一社会信用代码\n1,甲厂,91A\n2,乙厂,91B\n"
    assert matched(tmp_path, left, right) == [("1", "code")]


def test_a_code_decides_before_the_name(tmp_path):
    """A failure means that a credit code present on both sides is not used."""
    (tmp_path / "right.csv").write_text("id,name,credit_code\n1,甲厂,91A\n2,乙厂,91B\n", encoding="utf-8")
    (tmp_path / "left.csv").write_text("name,credit_code\n乙厂,91A\n乙厂,\n", encoding="utf-8")
    run("names", "match", tmp_path / "left.csv", tmp_path / "right.csv", "--out", tmp_path / "out.csv")
    assert [(r["right_id"], r["match_method"]) for r in rows(tmp_path / "out.csv")] == [
        ("1", "code"),
        ("2", "exact"),
    ]


def test_every_row_and_part_of_a_file_is_classified(tmp_path):
    """A failure means that rows are lost, repeated or reordered, or columns renamed."""
    (tmp_path / "in.csv").write_text(
        "id,applicant_raw\n1,三星电子株式会社;清华大学\n2,\n3,张三\n", encoding="utf-8"
    )
    run("names", "classify", tmp_path / "in.csv", "--column", "applicant_raw", "--out", tmp_path / "out.csv")
    found = rows(tmp_path / "out.csv")
    assert [(r["id"], r["n_parts"], r["part"], r["is_foreign"], r["is_hmt"], r["kind"]) for r in found] == [
        ("1", "2", "三星电子株式会社", "1", "0", "firm"),
        ("1", "2", "清华大学", "0", "0", "university_institute"),
        ("2", "0", "", "", "", ""),
        ("3", "1", "张三", "0", "0", "individual"),
    ]
    assert all(r["rule"] for r in found if r["part"])


def test_symbols_are_matched_to_rules_with_number_and_sub_field(tmp_path):
    """A failure means that the tool and the models read a list differently."""
    (tmp_path / "codes.csv").write_text(
        "code\nB41J 2/01\nB41J0029000000\n14-02\nG06F1/00；b41j 2/315\n", encoding="utf-8"
    )
    rules = "sei_code,rule_no,ipc_pattern\n1.1,2,B41J*（不含B41J2*）\n2.1,9,B41J2*\n"
    (tmp_path / "rules.csv").write_text(rules, encoding="utf-8")
    said = run(
        "ipc",
        "match",
        tmp_path / "codes.csv",
        "--rules",
        tmp_path / "rules.csv",
        "--out",
        tmp_path / "out.csv",
    )
    found = [(r["code"], r["rule_no"], r["subfield_code"]) for r in rows(tmp_path / "out.csv")]
    assert found == [
        ("B41J 2/01", "9", "2.1"),
        ("B41J0029000000", "2", "1.1"),
        ("G06F1/00；b41j 2/315", "9", "2.1"),
    ]
    assert "1 cells hold no IPC symbol, e.g. 14-02" in said


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        ("a,b\n1,2\n", ["--column", "c"], "no column 'c'; the columns are a, b"),
        ("a,b\n1,2\n", [], "which column holds the applicants?"),
        ("", [], "the file is empty"),
        (None, [], "no such file"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(tmp_path, content, arguments, message):
    """A failure means that a person does not learn what to change."""
    if content is not None:
        (tmp_path / "in.csv").write_text(content, encoding="utf-8")
    call = ["names", "classify", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv"), *arguments]
    result = CliRunner().invoke(app, call)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "out.csv").exists()


def test_a_pattern_that_cannot_be_read_stops_the_match(tmp_path):
    """A failure means that part of a list is ignored in silence."""
    (tmp_path / "codes.csv").write_text("code\nB41J2/01\n", encoding="utf-8")
    (tmp_path / "rules.csv").write_text("rule_no,ipc_pattern\n1,B41J2*;这里\n", encoding="utf-8")
    call = [
        "ipc",
        "match",
        str(tmp_path / "codes.csv"),
        "--rules",
        str(tmp_path / "rules.csv"),
        "--out",
        str(tmp_path / "o"),
    ]
    result = CliRunner().invoke(app, call)
    assert result.exit_code == 2
    assert "cannot read '这里' (rule 1)" in result.stderr
