"""Applicants: one row per owner, and separators inside a name do not separate."""

from __future__ import annotations

import pytest

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
