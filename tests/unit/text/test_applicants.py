"""Applicants: one row per owner, and separators inside a name do not separate."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

CASES = [
    ("A有限公司;B大学", ["A有限公司", "B大学"]),
    ("A有限公司；B大学;  ；张三", ["A有限公司", "B大学", "张三"]),
    ("深圳甲有限公司、乙大学、李四", ["深圳甲有限公司", "乙大学", "李四"]),
    ("张三、李四、王小五", ["张三", "李四", "王小五"]),
    ("甲有限公司，乙有限公司(北京)、丙厂", ["甲有限公司", "乙有限公司(北京)", "丙厂"]),
    ("甲有限公司|乙有限公司", ["甲有限公司", "乙有限公司"]),
    ("甲有限公司\n乙有限公司", ["甲有限公司", "乙有限公司"]),
    ("北京大学 ；清华大学等", ["北京大学", "清华大学"]),
    ("中国科学院、水利部成都山地灾害与环境研究所", ["中国科学院、水利部成都山地灾害与环境研究所"]),
    (
        "水利部、交通运输部、国家能源局南京水利科学研究院",
        ["水利部、交通运输部、国家能源局南京水利科学研究院"],
    ),
    ("北京市粮、油研究所", ["北京市粮、油研究所"]),
    ("Qualcomm Co., Ltd.", ["Qualcomm Co., Ltd."]),
    ("中国地质大学（武汉）、中国科学院", ["中国地质大学(武汉)", "中国科学院"]),
    ("中国地质大学（武汉", ["中国地质大学(武汉"]),
    (
        "Samsung Electronics Co., Ltd., LG Electronics Inc.",
        ["Samsung Electronics Co., Ltd.", "LG Electronics Inc."],
    ),
    (
        "Hewlett-Packard Development Company, L.P.；清华大学",
        ["Hewlett-Packard Development Company, L.P.", "清华大学"],
    ),
    ("Qualcomm Inc., 清华大学", ["Qualcomm Inc.", "清华大学"]),
    ("HITACHI, LTD.、东北林业大学", ["HITACHI, LTD.", "东北林业大学"]),
    ("惠普发展公司，有限责任合伙企业", ["惠普发展公司，有限责任合伙企业"]),
    ("株式会社东芝、东芝电梯株式会社", ["株式会社东芝", "东芝电梯株式会社"]),
    ("约翰·史密斯、玛丽·琼斯，李·格林", ["约翰·史密斯", "玛丽·琼斯", "李·格林"]),
    (
        "甲公司（曾用名：乙公司、丙公司，丁公司）、戊大学",
        ["甲公司(曾用名：乙公司、丙公司，丁公司)", "戊大学"],
    ),
    ("甲公司,；乙大学，", ["甲公司", "乙大学"]),
    ("西门子公司, 3M创新有限公司", ["西门子公司", "3M创新有限公司"]),
    ("BSH博世和西门子家用电器有限公司", ["BSH博世和西门子家用电器有限公司"]),
    ("AT&T知识产权二部有限合伙公司", ["AT&T知识产权二部有限合伙公司"]),
    ("", []),
    (" ； ; ", []),
]


@pytest.mark.parametrize(("raw", "owners"), CASES)
def test_owners_are_separated_where_they_are_separate(sql, table, raw, owners):
    """A failure means that a co-owner is invented, lost or merged with another."""
    table("raw_lists", ["id", "applicants"], [("1", raw)])
    rows = sql.query(
        "select position, applicant_clean from ({{ split_applicants('raw_lists', 'id', 'applicants') }})"
        " order by position"
    ).fetchall()
    assert [name for _, name in rows] == owners
    assert [position for position, _ in rows] == list(range(1, len(owners) + 1))


def test_ids_stay_with_their_owners(sql, table):
    """A failure means that an owner is credited with another patent."""
    table("raw_lists", ["id", "part", "applicants"], [("1", "x", "甲厂;乙厂"), ("2", "y", "丙厂")])
    rows = sql.query(
        "select * from ({{ split_applicants('raw_lists', ['id', 'part'], 'applicants') }}) order by all"
    ).fetchall()
    assert [(row[0], row[1], row[2], row[3]) for row in rows] == [
        ("1", "x", 1, "甲厂"),
        ("1", "x", 2, "乙厂"),
        ("2", "y", 1, "丙厂"),
    ]


SIGNS = re.compile(r"[\s　;；|｜、，,]")
PIECES = [
    "有限公司",
    "大学",
    "公司",
    "部",
    "中国科学院",
    "株式会社",
    "·",
    "张三",
    "Inc",
    "、",
    "，",
    ",",
    ";",
    "；",
    "|",
    "（",
    "）",
    "(",
    ")",
    "等",
    "甲",
    "A",
    "3",
]
WORDS = st.sampled_from([*PIECES, "Co., Ltd.", " ", "　", "\n"])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.lists(WORDS, max_size=12).map("".join), min_size=1, max_size=25))
def test_splitting_loses_and_adds_nothing(sql, raw):
    """A failure means that characters of an owner vanish, repeat or change places."""
    sql.connection.execute(
        "create or replace temporary table fuzzed as select * from (select unnest(?) as applicants, unnest(?) as id)",
        [raw, list(range(len(raw)))],
    )
    parts = sql.query(
        "select id, list(applicant_raw order by position), list(position order by position)"
        " from ({{ split_applicants('fuzzed', 'id', 'applicants') }}) group by id"
    ).fetchall()
    found = {number: (owners, positions) for number, owners, positions in parts}
    for number, text in enumerate(raw):
        owners, positions = found.get(number, ([], []))
        assert SIGNS.sub("", "".join(owners)) == SIGNS.sub("", text)
        assert positions == list(range(1, len(owners) + 1))
        assert all(owner.strip(" 　") == owner != "" for owner in owners)
