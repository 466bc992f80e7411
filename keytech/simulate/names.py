"""Plausible Chinese names: place, brand, trade and legal form; no name is given twice in one world."""

from __future__ import annotations

import numpy as np

BRAND_FIRST = (
    "华龙恒瑞鑫宏远博智创中天金泰盛安康德信诚嘉佳永兴隆昌益通达汇联科新海江川岳峰云星辰晨旭阳光明亮清源润泽"
)
BRAND_SECOND = "盛达通源泰丰茂康宁安和信诚德隆兴业成立基石锐锋威腾飞翔凯悦美佳怡润泽清正直方圆维拓展望远航帆"
BRAND_THIRD = "特尔斯克奥维亚诺普迪力思拓"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉萍红文辉建国志远思宇浩然子轩雨晨欣怡"


ALSO_A_FIRM = {"韩华": "韩桦"}  # the person Han Hua and the group Hanwha are written alike


def brands(rng: np.random.Generator, n: int, pool: str) -> np.ndarray:
    """`n` distinct brands of the pool; brands of different pools never coincide.

    Raises ValueError where the pool is too small (about 30 000 brands per pool of two or three characters).
    """
    pools = {"listed": 0, "industrial": 1, "registered": 2, "partner": 3, "former": 4}
    if pool not in pools:
        raise ValueError(f"unknown pool {pool!r}: one of {sorted(pools)}")
    first, second = sorted(set(BRAND_FIRST)), sorted(set(BRAND_SECOND))
    third = ["", *sorted(set(BRAND_THIRD))]
    names = [a + b + c for a in first for b in second for c in third if a != b]
    mine = [name for i, name in enumerate(sorted(set(names))) if i % len(pools) == pools[pool]]
    if n > len(mine):
        raise ValueError(f"pool {pool!r} holds {len(mine)} brands, {n} were asked for")
    return np.array(mine, dtype=object)[rng.permutation(len(mine))[:n]]


def firm_names(places: np.ndarray, brand: np.ndarray, trades: np.ndarray, forms: np.ndarray) -> np.ndarray:
    """Place + brand + trade + legal form, element by element."""
    return np.array(
        [p + b + t + f for p, b, t, f in zip(places, brand, trades, forms, strict=True)], dtype=object
    )


def person_names(rng: np.random.Generator, n: int) -> np.ndarray:
    """`n` Chinese personal names of two or three characters; repeats are possible, as in life."""
    surname = rng.choice(list(SURNAMES), n)
    given = rng.choice(list(GIVEN), (n, 2))
    short = rng.random(n) < 0.25
    drawn = (s + g[0] + ("" if k else g[1]) for s, g, k in zip(surname, given, short, strict=True))
    return np.array([ALSO_A_FIRM.get(name, name) for name in drawn], dtype=object)
