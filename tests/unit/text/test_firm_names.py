"""Firm names: what one firm is written as agrees, what tells firms apart stays."""

from __future__ import annotations

import opencc
import pytest

VARIANTS = [
    ("腾讯科技（深圳）有限公司", "腾讯科技(深圳)有限公司"),
    ("腾讯科技（深圳）有限公司", "腾讯科技 （深圳） 有限公司　"),
    ("包头钢铁（集团）有限责任公司", "包头钢铁集团有限公司"),
    ("包头钢铁（集团）有限责任公司", "包头钢铁股份有限公司"),
    ("中国石油化工集团公司", "中国石油化工集团有限公司"),
    ("臺灣積體電路製造股份有限公司", "台湾积体电路制造股份有限公司"),
    ("ＡＢＢ技術有限公司", "abb技术有限公司"),
    ("深圳市大族激光科技股份有限公司等", "深圳市大族激光科技股份有限公司"),
    ("罗伯特·博世有限公司", "罗伯特•博世有限公司"),
    ("联想（北京有限公司", "联想(北京)有限公司"),
]
DIFFERENT = [
    ("北京华强科技有限公司", "上海华强科技有限公司"),
    ("中国第一汽车集团有限公司", "中国第二汽车集团有限公司"),
    ("海尔控股有限公司", "海尔有限公司"),
    ("南方电网有限公司北京分公司", "南方电网有限公司"),
    ("腾讯科技(深圳)有限公司", "腾讯科技(北京)有限公司"),
]


@pytest.mark.parametrize(("left", "right"), VARIANTS)
def test_written_forms_of_one_firm_share_a_key(value, left, right):
    """A failure means that a firm loses its patents or imports to a difference of writing."""
    assert value("firm_name_key", left) == value("firm_name_key", right)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different_firms_keep_different_keys(value, left, right):
    """A failure means that the facts of two firms are added up."""
    assert value("firm_name_key", left) != value("firm_name_key", right)


@pytest.mark.parametrize("blank", [None, "", "  　", "（）", "有限公司"])
def test_a_blank_or_a_bare_legal_form_has_no_key(value, blank):
    """A failure means that blank names match each other."""
    assert value("firm_name_key", blank) is None


def test_the_text_keeps_the_legal_form_that_the_key_cuts(value):
    """A failure means that a parent and its listed company cannot be told apart any more."""
    assert value("firm_name_text", "鞍钢（集团）股份有限公司") == "鞍钢集团股份有限公司"
    assert value("firm_name_key", "鞍钢（集团）股份有限公司") == "鞍钢"


def test_a_name_that_ends_in_等_without_being_a_list_stays(value):
    """A failure means that the last character of a personal name is cut."""
    assert value("firm_name_text", "吴等") == "吴等"


def test_characters_are_simplified_as_opencc_does(sql):
    """A failure means that the embedded character table departs from its source, apart from listed variants."""
    traditional = sql.render("{{ traditional_characters() }}")
    simplified = sql.render("{{ simplified_characters() }}")
    convert = opencc.OpenCC("t2s").convert
    variants = set("囯圧堃峯广広昇楽発竪綫羣衆裏鉄鍳隣冨滙")
    assert len(traditional) == len(simplified) == len(set(traditional))
    wrong = [
        (old, new)
        for old, new in zip(traditional, simplified, strict=True)
        if old not in variants and convert(old) != new
    ]
    assert wrong == []
