"""IPC symbols and official notation (methods 5.2)."""

from __future__ import annotations

import pytest

from .conftest import REFERENCE

NORMAL = [
    ("H04L 27/26", "H04L27/26"),
    ("H04L0027260000", "H04L27/26"),
    ("h04l27/26", "H04L27/26"),
    ("H04L 027/26", "H04L27/26"),
    ("Ｈ０４Ｌ２７／２６", "H04L27/26"),
    ("H04L27/26(2006.01)", "H04L27/26"),
    ("H04L 27/26 (2006.01)I", "H04L27/26"),
    ("H04L 27/26 20060101AFI20051220", "H04L27/26"),
    ("Ｈ０４Ｌ　２７／２６", "H04L27/26"),
    ("B41J0002010000", "B41J2/01"),
    ("G06F0017200000", "G06F17/20"),
    ("H04L0027000000", "H04L27/00"),
    ("A61K0031519000", "A61K31/519"),
    ("H04L27", "H04L27"),
    ("h04", "H04"),
    ("14-02", None),
    ("HO4L27/26", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("raw", "symbol"), NORMAL)
def test_every_written_form_of_a_symbol_is_one_symbol(value, raw, symbol):
    """A failure means that a patent falls out of its technology."""
    assert value("ipc_normalise", raw) == symbol


@pytest.fixture
def fields(sql, table):
    """`fields(patterns, symbols)`: which symbols fall under which (rule_no), as a set of pairs."""

    def run(patterns: list[tuple[str, str]], symbols: list[str]) -> set[tuple[str, str]]:
        rows = [(str(i), f"f{i}", pattern, excluded) for i, (pattern, excluded) in enumerate(patterns)]
        table("patterns", ["rule_no", "subfield_code", "ipc_pattern", "exclude_patterns"], rows)
        table("symbols", ["ipc"], [(symbol,) for symbol in symbols])
        query = (
            "select ipc, rule_no from ({{ ipc_match('symbols', 'ipc', '(' ~ ipc_rules('patterns') ~ ')') }})"
        )
        return set(sql.query(query).fetchall())

    return run


def test_a_main_group_stops_at_its_own_number(fields):
    """A failure means that B41J2* takes B41J29 along."""
    found = fields([("B41J2*", None)], ["B41J2/01", "B41J2/315", "B41J29/00", "B41J/2", "B41J20/00"])
    assert found == {("B41J2/01", "0"), ("B41J2/315", "0")}


def test_a_subgroup_is_that_subgroup_only(fields):
    """A failure means that H04L27/26 takes H04L27/261 along."""
    assert fields([("H04L27/26", None)], ["H04L27/26", "H04L27/261", "H04L27/2"]) == {("H04L27/26", "0")}


def test_an_excluded_symbol_counts_only_through_another_row(fields):
    """A failure means that 不含 is ignored, or that it silences another row."""
    patterns = [("B41J*（不含B41J2*）", None), ("B41J2*", None), ("B41J*", "B41J2/01;B41J29*")]
    found = fields(patterns, ["B41J2/01", "B41J29/00", "B41J9/00"])
    assert found == {
        ("B41J2/01", "1"),
        ("B41J29/00", "0"),
        ("B41J9/00", "0"),
        ("B41J9/00", "2"),
    }


def test_an_exclusion_acts_on_its_own_part(fields):
    """A failure means that a subgroup listed beside an exclusion of itself is lost (official rule 1.1/3)."""
    assert fields([("H04B7*;H04B7/14", "H04B7/14")], ["H04B7/14", "H04B7/15"]) == {
        ("H04B7/14", "0"),
        ("H04B7/15", "0"),
    }


RANGES = [
    ("C08*", {"C08F2/00", "C08L63/00"}),
    ("C08", {"C08F2/00", "C08L63/00"}),
    ("C08-C09", {"C08F2/00", "C08L63/00", "C09D5/00"}),
    ("C08F-C08K", {"C08F2/00"}),
    ("G06F1*-G06F3*", {"G06F1/16", "G06F3/01"}),
    ("G06F1-3", {"G06F1/16", "G06F3/01"}),
    ("A61K31/00-33/44", {"A61K31/519", "A61K33/44"}),
    ("H01L21/00～H01L21/98", {"H01L21/027", "H01L21/98"}),
    ("H01L21/02-98", {"H01L21/027", "H01L21/98"}),
    ("H04L27/26*", {"H04L27/26", "H04L27/261"}),
    ("h04l 27/26；Ｃ０９Ｄ＊、G06F3/01", {"H04L27/26", "C09D5/00", "G06F3/01"}),
    ("A61K31*（不含A61K31/519）；C09D*", {"C09D5/00"}),
    ("H*", {"H01L21/00", "H01L21/027", "H01L21/98", "H04L27/26", "H04L27/261"}),
]
SYMBOLS = [
    "C08F2/00",
    "C08L63/00",
    "C09D5/00",
    "G06F1/16",
    "G06F3/01",
    "A61K31/519",
    "A61K33/44",
    "A61K33/48",
    "H01L21/00",
    "H01L21/027",
    "H01L21/98",
    "H04L27/26",
    "H04L27/261",
]


@pytest.mark.parametrize(("pattern", "inside"), RANGES)
def test_lists_ranges_and_levels_of_the_official_notation(fields, pattern, inside):
    """A failure means that a form of the notation is read wrongly."""
    inside = inside | ({"H01L21/00"} if pattern.startswith("H01L21/00") else set())
    assert {symbol for symbol, _ in fields([(pattern, None)], SYMBOLS)} == inside


@pytest.mark.parametrize(
    "pattern", ["XYZ", "H04L27/", "B41J*;这里", "G06F3-G06F1", "C08-D01", "B41J2*B41J3*"]
)
def test_what_cannot_be_read_is_not_skipped(sql, table, pattern):
    """A failure means that a rule of a list is lost in silence."""
    table(
        "patterns",
        ["rule_no", "subfield_code", "ipc_pattern", "exclude_patterns"],
        [("1", "f", pattern, None)],
    )
    rows = sql.query("select token, level from ({{ ipc_rules('patterns') }})").fetchall()
    assert any(level is None for _, level in rows)


@pytest.mark.parametrize("seed", ["seed_sei_ipc", "seed_key_ipc"])
def test_the_starter_seeds_parse(sql, seed):
    """A failure means that a shipped pattern never matches."""
    label = "subfield_code" if seed == "seed_sei_ipc" else "list_id"
    query = "select count(*) filter (level is null), count(distinct row_id), count(distinct rule_no) from "
    query += "({{ ipc_rules(ref('" + seed + "'), label_column='" + label + "') }})"
    unread, rows, rule_numbers = sql.query(query).fetchone()
    assert (unread, rows) == (0, rule_numbers)


def _official(sql, file: str, table: str) -> None:
    path = REFERENCE / file
    if not path.exists():
        pytest.skip(f"{file} is not at hand")
    sql.connection.execute(
        f"create or replace temporary table {table} as select * from read_csv(?, all_varchar = true)",
        [str(path)],
    )


def _inside(symbol: str, pattern: str) -> bool:
    stem = pattern.rstrip("*")
    if "/" in stem:
        return symbol == stem
    return symbol.startswith(stem) if len(stem) <= 4 else symbol.split("/")[0] == stem


def test_the_official_table_parses_without_loss_and_matches_as_defined(sql):
    """A failure means that patents are flagged by something other than the official SEI table."""
    _official(sql, "sei_ipc_patterns_long_2021.csv", "official")
    arguments = "'official', label_column='sei_code', exclude_column='exclude_within_pattern'"
    sql.query("create or replace temporary table official_rules as {{ ipc_rules(" + arguments + ") }}")
    counts = "count(*) filter (level is null), count(*) filter (not is_exclusion), count(distinct row_id)"
    assert sql.connection.execute(f"select {counts} from official_rules").fetchone() == (0, 1689, 1689)
    sql.connection.execute(
        "create or replace temporary table symbols as"
        " select ipc_key as ipc from official_rules where level = 7 union"
        " select ipc_key || s from official_rules, (values ('/00'), ('/26'), ('/261')) as v(s) where level = 5 union"
        " select ipc_key || s from official_rules, (values ('1/00'), ('2/01'), ('29/00')) as v(s) where level = 4"
    )
    found = sql.query(
        "select distinct ipc, subfield_code, rule_no from ({{ ipc_match('symbols', 'ipc', 'official_rules') }})"
    )
    found = set(found.fetchall())
    symbols = [row[0] for row in sql.connection.execute("select ipc from symbols").fetchall()]
    rows = sql.connection.execute(
        "select sei_code, rule_no, ipc_pattern, coalesce(exclude_within_pattern, '') from official"
    ).fetchall()
    expected = {
        (symbol, code, rule)
        for code, rule, pattern, excluded in rows
        for symbol in symbols
        if _inside(symbol, pattern) and not any(_inside(symbol, e) for e in excluded.split(";") if e)
    }
    assert found == expected


def test_both_files_of_the_official_table_give_the_same_matches(sql):
    """A failure means that the wide form (rules) and the long form (patterns) are read differently."""
    _official(sql, "sei_ipc_patterns_long_2021.csv", "official")
    _official(sql, "sei_ipc_rules_2021.csv", "official_wide")
    long = "'official', label_column='sei_code', exclude_column='exclude_within_pattern'"
    wide = (
        "'official_wide', label_column='sei_code', pattern_column='ipc_include', exclude_column='ipc_exclude'"
    )
    for name, arguments in (("long", long), ("wide", wide)):
        sql.query(f"create or replace temporary table rules_{name} as {{{{ ipc_rules({arguments}) }}}}")
    sql.connection.execute(
        "create or replace temporary table symbols as select distinct ipc_key as ipc from rules_wide where level = 7"
        " union select ipc_key || '/00' from rules_wide where level = 5"
    )
    found = [
        set(
            sql.query(
                f"select ipc, subfield_code, rule_no from ({{{{ ipc_match('symbols', 'ipc', 'rules_{n}') }}}})"
            ).fetchall()
        )
        for n in ("long", "wide")
    ]
    assert found[0] == found[1]
