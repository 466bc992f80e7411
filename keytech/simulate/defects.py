"""Defects of real deliveries, applied to arrays of strings at a stated rate. Each returns what it touched."""

from __future__ import annotations

import numpy as np

HALF = "".join(map(chr, range(0x21, 0x7F)))
FULL = "".join(map(chr, range(0xFF01, 0xFF5F)))
TO_FULL = str.maketrans(HALF, FULL)
TO_HALF = str.maketrans(FULL, HALF)
LEGAL_FORMS = ("有限公司", "有限责任公司")
SIMPLIFIED = "华龙电业东广长兴达发国际车轮钢铁药医织线软网无线"
TRADITIONAL = "華龍電業東廣長興達發國際車輪鋼鐵藥醫織線軟網無線"
TO_TRADITIONAL = str.maketrans(SIMPLIFIED, TRADITIONAL)


def pick(rng: np.random.Generator, n: int, rate: float) -> np.ndarray:
    """Sorted positions of about `rate * n` rows, each chosen at most once."""
    return np.flatnonzero(rng.random(n) < rate)


def apply(values: np.ndarray, rows: np.ndarray, change) -> np.ndarray:
    """A copy of `values` in which `change(value)` replaces the rows; rows whose value does not change stay."""
    out = values.astype(object).copy()
    for row in rows:
        out[row] = change(out[row])
    return out


def full_width(text: str) -> str:
    """Digits, Latin letters and brackets in full width."""
    return text.translate(TO_FULL)


def swap_brackets(text: str) -> str:
    """Full-width brackets become half-width and the other way round."""
    table = str.maketrans("()（）", "（）()")
    return text.translate(table)


def stray_space(text: str, position: int) -> str:
    """A blank inside the string, at `position` modulo its length; an ideographic space at even positions."""
    at = position % (len(text) + 1)
    return text[:at] + ("\u3000" if at % 2 == 0 else " ") + text[at:]


def traditional(text: str) -> str:
    """Some simplified characters written in their traditional form."""
    return text.translate(TO_TRADITIONAL)


def legal_variant(text: str) -> str:
    """有限公司 and 有限责任公司 exchanged; a share company keeps its form."""
    if text.endswith("股份有限公司"):
        return text
    if text.endswith("有限责任公司"):
        return text.removesuffix("有限责任公司") + "有限公司"
    if text.endswith("有限公司"):
        return text.removesuffix("有限公司") + "有限责任公司"
    return text


def padded_ipc(symbol: str, kind: int) -> str:
    """An IPC symbol as vendors print it: blank after the subclass (0), zero padding (1), or lower case (2)."""
    group, _, sub = symbol[4:].partition("/")
    if kind == 0:
        return f"{symbol[:4]} {symbol[4:]}"
    if kind == 1 and sub:
        return f"{symbol[:4]}{group.zfill(4)}{sub.ljust(6, '0')}"
    return symbol.lower()
