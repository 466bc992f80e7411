"""Units of the contracts in Chinese."""

from __future__ import annotations

import re

WORDS = {
    "count": "个", "yuan": "元", "ln": "对数", "1000 yuan": "千元", "persons": "人", "share": "比例", "percent": "%",
    "USD": "美元", "standard deviations": "标准差", "index": "指数", "10 000 persons": "万人", "person-times": "人次",
    "10 000 yuan": "万元", "1000 yuan per person": "千元/人", "ratio": "比率", "years": "年", "year": "年份",
    "units": "台", "robots per 1000 workers": "台/千人", "papers": "篇", "rows": "行", "reports": "篇",
    "meetings": "次", "degrees east": "东经（度）", "degrees north": "北纬（度）", "10 000 USD": "万美元",
    "10 000 households": "万户", "square km": "平方公里", "users per 10 000": "户/万人", "km": "公里",
    "probability": "概率", "100 million yuan": "亿元", "1000 persons": "千人", "million USD": "百万美元",
    "bytes": "字节", "yuan per head": "元/人", "years squared": "年的平方", "applications": "件",
    "robots per 1000 workers x 100 million users": "台/千人×亿户", "unit beside": "见单位列",
}  # fmt: skip


def unit_zh(unit: str | None) -> str:
    """A unit in Chinese; logs and ranges are read as such, units without an entry stay as they are."""
    if not unit:
        return ""
    if unit in WORDS:
        return WORDS[unit]
    if unit.startswith("log "):
        return f"{unit_zh(unit.removeprefix('log '))}的对数"
    if found := re.fullmatch(r"share (0-1)", unit):
        return f"比例（{found[1]}）"
    return unit
