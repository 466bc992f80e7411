"""HS codes as delivered, and the key words of upstream makers."""

from __future__ import annotations

import duckdb
import pytest

from keytech.text.sql import MacroSql

CODES = [
    ("84795090", "84795090", 8),
    ("8479.50.90", "84795090", 8),
    (" 8479 5090　", "84795090", 8),
    ("８４７９５０９０", "84795090", 8),
    ("8479509000", "84795090", 10),
    ("84795090.0", "84795090", 8),
    ("847950", "84795000", 6),
    ("1012100", "01012100", 8),
    ("101210010", "01012100", 10),
    ("10121", "01012100", 6),
    ("8479", None, None),
    ("84A95090", None, None),
    ("", None, None),
    (None, None, None),
]


@pytest.mark.parametrize(("raw", "code", "digits"), CODES)
def test_hs_codes_of_every_form_give_eight_digits_or_null(value, raw, code, digits):
    """A failure means that imports are counted under another commodity."""
    assert (value("hs8", raw), value("hs_digits", raw)) == (code, digits)


SCOPES = [
    ("工业机器人、传感器、伺服 系统的研发、制造和销售", "伺服系统;传感器", False),
    ("传感器、控制系统批发；货物进出口贸易", "控制系统;传感器", True),
    ("精密减速器的生产", "精密减速器", False),
    ("家具制造；家具销售", None, False),
    ("减速机制造", None, False),
    (None, None, False),
]


@pytest.mark.parametrize(("scope", "hits", "wholesale"), SCOPES)
def test_upstream_makers_are_told_by_the_words_of_their_scope(value, scope, hits, wholesale):
    """A failure means that a trader is taken for a maker, or a maker missed."""
    assert value("scope_keyword_hits", scope) == hits
    assert value("scope_is_wholesale_only", scope) is wholesale


def test_the_extended_list_is_an_option():
    """A failure means that option A-003-1 changes nothing."""
    macros = MacroSql(duckdb.connect(), variables={"upstream_keyword_list": "extended"})
    query = "select {{ scope_keyword_hits('s') }} from (select '减速机、RV 减速器、伺服系统制造' as s)"
    assert macros.query(query).fetchone()[0] == "伺服系统;减速机;RV减速器"
