"""Texts in both languages and numbers as the site prints them."""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd
from markupsafe import Markup, escape


class Text(NamedTuple):
    """One text in English and Chinese."""

    en: str
    zh: str


def both(en: str, zh: str | None = None) -> Markup:
    """A text in both languages, of which the page shows one; the same in both where `zh` is None or equal."""
    if zh is None or zh == en:
        return escape(en)
    return Markup('<span lang="en">{}</span><span lang="zh">{}</span>').format(en, zh)


def thousands(value: float | None) -> str:
    """A count with separators; a dash where there is none."""
    return "–" if value is None or pd.isna(value) else f"{int(value):,}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share of 0-1 in per cent; never `0.0 %` or `100.0 %` for what is not."""
    if share is None or pd.isna(share):
        return "–"
    shown = f"{100 * share:.{digits}f}"
    if share > 0 and float(shown) == 0:
        return f"<{10**-digits:.{digits}f} %"
    if share < 1 and float(shown) == 100:
        return f">{100 - 10**-digits:.{digits}f} %"
    return f"{shown} %"


def number(value: float | None, digits: int = 4) -> str:
    """A number with `digits` decimals, in scientific notation where that would hide it; blank where missing."""
    if value is None or pd.isna(value):
        return ""
    if value != 0 and abs(value) < 10 ** (1 - digits):
        return f"{value:.2e}".replace("-", "−", 1) if value < 0 else f"{value:.2e}"
    shown = f"{value:,.{digits}f}" if abs(value) < 1e6 else f"{value:.3g}"
    return shown.replace("-", "−", 1) if value < 0 else shown


def printed(value: float | None, least: int = 4) -> str:
    """A number as a paper prints it: plain decimals, at least `least` of them, more where the print has more."""
    if value is None or pd.isna(value):
        return ""
    text = f"{value:,.{least}f}"
    if float(text.replace(",", "")) != value:
        text = f"{value:,.10f}".rstrip("0")
    return text.replace("-", "−", 1) if value < 0 else text


def statistic(name: str, value: float | None) -> str:
    """A fit statistic: counts without decimals, test statistics with two, the rest with four."""
    if name.startswith("n_"):
        return number(value, 0)
    tests = name.startswith(("kp_", "cragg", "log_lik", "first_stage"))
    return "" if value is None or pd.isna(value) else printed(round(value, 2), 2) if tests else number(value)


def first_words(text: str) -> str:
    """The first sentence of a description, without asides."""
    return re.split(r"(?<=[\w)])[.:;](?:\s|$)| \(", text, maxsplit=1)[0]


def slug(text: str) -> str:
    """A text as part of a file name or an anchor."""
    return re.sub(r"[^A-Za-z0-9.]+", "_", text).strip("_")


# What the estimators say, in Chinese: (pattern of the English sentence, replacement).
MESSAGES = (
    (r"the sample is empty: no row satisfies (.+)", r"样本为空：没有满足 \1 的行"),
    (r"outcome (\S+) has no variation in the (\d+) rows used", r"被解释变量 \1 在所用的\2行中没有变化"),
    (r"cohort varies within (\d+) units of (\S+), first (.+)", r"有\1个 \2 单位的处理批次前后不一致"),
    (
        r"weak instruments: Kleibergen-Paap F ([\d.]+); use anderson_rubin",
        r"弱工具变量：Kleibergen-Paap F 为 \1，宜用Anderson-Rubin推断",
    ),
    (r"(\S+): missing in (\d+) rows, taken as never treated", r"\1：\2行缺失，视为从未处理"),
    (r"the Anderson-Rubin confidence set of (\S+) is whole line", r"\1 的Anderson-Rubin置信集为整条实线"),
    (r"(\S+): (\d+) cells without variation in the outcome dropped", r"\1：剔除\2个被解释变量无变化的单元"),
)


def message(text: str) -> Text:
    """An estimator's message in both languages; parts without a translation stay in English."""
    parts = []
    for part in re.split(r"; (?!use )", text or ""):
        for pattern, chinese in MESSAGES:
            if found := re.fullmatch(pattern, part):
                part = found.expand(chinese)
                break
        parts.append(part)
    return Text(text, "；".join(parts))


REASONS = {
    "exact_duplicate": Text("exact duplicate", "完全重复"),
    "duplicate": Text("duplicate of another row", "重复行"),
    "duplicate_respondent": Text("respondent delivered twice", "受访者重复"),
    "impossible_date": Text("impossible date", "日期不可能"),
    "malformed_number": Text("malformed application number", "申请号格式错误"),
    "merged_into_other_city": Text("city merged into another", "已并入其他城市"),
    "unknown_city": Text("unknown city", "城市名无法识别"),
    "interim_period": Text("interim period", "非年度报告期"),
    "parent_statement": Text("statement of the parent company", "母公司报表"),
    "value_not_positive": Text("value not positive", "金额非正"),
    "negative_amount": Text("negative amount", "金额为负"),
    "not_a_listed_university": Text("not one of the listed universities", "不在高校名单内"),
    "delisted": Text("delisted", "已退市"),
    "direct_pilot": Text("itself a pilot", "试点企业本身"),
    "finance": Text("finance and insurance", "金融保险业"),
    "listed_under_five_years": Text("listed for under five years", "上市不足五年"),
    "missing_city_or_industry": Text("city or industry missing", "城市或行业缺失"),
    "no_robot_imports_in_city": Text("no robot imports in the city", "城市无机器人进口"),
    "wholesale_only": Text("wholesale only", "仅从事批发"),
    "founded_after_the_year": Text("founded after the year", "成立年份晚于统计年份"),
    "missing_indicator": Text("key indicator missing", "关键指标缺失"),
    "not_an_a_share": Text("not an A share", "非A股"),
    "special_treatment": Text("special treatment (ST, PT)", "ST、PT类"),
    "age_not_plausible": Text("age not plausible", "年龄不合理"),
    "missing_answer": Text("answer missing", "答案缺失"),
    "not_high_skill": Text("not a high-skill worker", "非高技术人才"),
    "outside_cities_and_waves": Text("outside the cities and waves", "不在样本城市和年份"),
    "not_a_stem_field": Text("not a STEM field", "非理工领域"),
    "a date that does not exist": Text("a date that does not exist", "日期不存在"),
}

FRESH = {
    "complete": Text("complete", "完整"),
    "gaps": Text("years between are missing", "中间年份缺失"),
    "behind": Text("the last years are missing", "最近年份缺失"),
    "no_data": Text("no data", "无数据"),
}
CROSSED = {
    "same": Text("same code or name", "代码或名称不变"),
    "recoded": Text("carried to a new code", "转换为新代码"),
    "renamed": Text("carried to a new name", "更名"),
    "upgraded": Text("carried, county-level then", "原为县级，已升格"),
    "merged": Text("merged into another", "并入其他单位"),
    "municipality": Text("district of a municipality", "直辖市所辖区县"),
    "split": Text("split, smallest code taken", "拆分，取最小代码"),
    "kept_unlisted": Text("kept, not in the table", "对照表未列，保留原代码"),
    "from_other_records": Text("from other records of the firm", "取自该企业其他记录"),
    "lost": Text("lost", "无法对应"),
}
CROSSWALKS = {
    "city yearbook city names to cities": "城市统计年鉴的城市名称→城市",
    "customs city names to cities": "海关记录的城市名称→城市",
    "registrations city names to cities": "工商登记的城市名称→城市",
    "survey division codes to cities": "工业企业库的行政区划代码→城市",
    "survey industries to GB/T 4754-2002": "工业企业库的行业代码→GB/T 4754-2002",
}
STATUSES = {
    "pass": Text("passes", "通过"), "warn": Text("warns", "警告"), "fail": Text("fails", "未通过"),
    "error": Text("could not be made", "无法执行"), "skipped": Text("skipped", "已跳过"), "empty": Text("no rows", "无数据"),
}  # fmt: skip
# The choices of specification curves in Chinese, as the study files name them.
CHOICES = {
    "2SLS": "2SLS", "OLS": "OLS", "by subclass": "按小类", "codes at their level": "按代码自身层级", "applications": "按申请数",
    "partners": "按合作方数", "HMT domestic": "港澳台视为境内", "HMT foreign": "港澳台视为境外", "same year": "当年", "year before": "上一年",
    "ever": "任一年份", "in the year": "仅当年", "unlisted years count": "上市前年份计入", "unlisted years missing": "上市前年份缺失",
    "by province": "按省聚类", "robust": "异方差稳健", "one matrix": "单一矩阵", "pairs": "按合作对", "one matrix a year": "逐年矩阵",
    "finest code": "最细代码", "two digits": "两位代码", "assets/liabilities": "资产/负债", "liabilities/assets": "负债/资产",
    "as printed": "按论文公式", "cumulative": "累计", "leave-one-out": "剔除自身", "from 2002": "自2002年", "from 2003": "自2003年",
    "dummy": "虚拟处理", "intensity": "连续处理", "controls": "含控制变量", "none": "无控制变量", "province": "按省聚类",
    "university": "按高校聚类", "university and field": "按高校与学科聚类",
}  # fmt: skip


def choice(name: str) -> Text:
    """A choice of a specification curve; years and names without an entry stay as they are."""
    return Text(name, CHOICES.get(name, name))


# Rows that a delivery rightly contains and the warehouse does not use: no defect of the source.
FILTERS = frozenset(
    {"interim_period", "parent_statement", "not_a_listed_university", "merged_into_other_city"}
)


def reason(code: str) -> Text:
    """A drop or reject reason in words; codes without an entry are shown as they are, underscores as blanks."""
    if code in REASONS:
        return REASONS[code]
    if found := re.fullmatch(r"not a number \((.+)\)", code):
        return Text(f"not a number ({found[1]})", f"非数值（{found[1]}）")
    return Text(code.replace("_", " "), code.replace("_", " "))
