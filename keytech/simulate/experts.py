"""Foreign experts by province, origin, type and industry section: state, and the files of the survey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

YEARS = np.arange(2001, 2022)
DELIVERED_TO = 2015
ORIGINS = {
    "日本": 0.185, "台湾": 0.165, "香港": 0.150, "美国": 0.135, "韩国": 0.085, "德国": 0.055, "新加坡": 0.035,
    "加拿大": 0.030, "英国": 0.028, "法国": 0.025, "澳大利亚": 0.020, "俄罗斯": 0.018, "意大利": 0.013, "澳门": 0.010,
    "马来西亚": 0.010, "荷兰": 0.008, "瑞典": 0.007, "瑞士": 0.006, "印度": 0.006, "西班牙": 0.004, "乌克兰": 0.003,
    "以色列": 0.002, "越南": 0.0,
}  # fmt: skip
TYPES = {"技术专家": 0.46, "管理专家": 0.33, "研究专家": 0.21}
SECTIONS = {
    "A": ("农、林、牧、渔业", 0.02), "B": ("采矿业", 0.01), "C": ("制造业", 0.47),
    "D": ("电力、热力、燃气及水生产和供应业", 0.015), "E": ("建筑业", 0.02), "F": ("批发和零售业", 0.05),
    "G": ("交通运输、仓储和邮政业", 0.02), "H": ("住宿和餐饮业", 0.03), "I": ("信息传输、软件和信息技术服务业", 0.08),
    "J": ("金融业", 0.02), "K": ("房地产业", 0.02), "L": ("租赁和商务服务业", 0.05), "M": ("科学研究和技术服务业", 0.05),
    "N": ("水利、环境和公共设施管理业", 0.005), "O": ("居民服务、修理和其他服务业", 0.01), "P": ("教育", 0.10),
    "Q": ("卫生和社会工作", 0.01), "R": ("文化、体育和娱乐业", 0.015), "S": ("公共管理、社会保障和社会组织", 0.005),
}  # fmt: skip
# Before 2003 the survey printed merged sections.
MERGED = {"A": "A", "B": "BCD", "C": "BCD", "D": "BCD", "E": "E", "F": "FH", "H": "FH", "G": "GI", "I": "GI"}
SMALLEST = 40


@dataclass(frozen=True)
class Experts:
    """Cells are whole persons; origins, types and sections each add to the total of their province and year.

    by_origin (31, origins, years), by_type (31, 3, years), by_section (31, 19, years); years as YEARS.
    """

    provinces: np.ndarray
    by_origin: np.ndarray
    by_type: np.ndarray
    by_section: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """(31, years)."""
        return self.by_origin.sum(axis=1)

    def lnbartik(self) -> np.ndarray:
        """(31, years): ln of sum_s talent_{p,s,2001} (1 + (T_st - T_s,t-1)/T_s,2001), methods 1.6 as printed; g = 0 in 2001."""
        national = self.by_origin.sum(axis=0).astype(float)
        base = national[:, :1]
        known = base[:, 0] > 0
        change = np.diff(national, axis=1, prepend=national[:, :1])
        growth = change[known] / base[known]
        return np.log(np.einsum("ps,st->pt", self.by_origin[:, known, 0].astype(float), 1 + growth))


def build(world: World, slope: float = 0.91) -> Experts:
    """Draw the survey so that ln(total) is about `slope` times lnbartik plus a province-year shock.

    National totals by origin come first; province margins follow the shift-share index; cells are fitted to both
    margins (iterative proportional fitting from the base shares) and rounded to whole persons. The national total
    grows smoothly, so that no bracket of the index comes near zero.
    """
    rng = world.rng("experts")
    provinces = world.provinces["province_code"].to_numpy()
    base, national = _base(world, rng), _national(rng)
    index = _index(base, national)
    shock = _shock(rng, len(provinces))
    margin = np.exp(slope * (index - index[:, :1].mean()) + shock)
    margin *= base.sum() * np.exp(0.045 * (YEARS - YEARS[0])) / margin.sum(axis=0)
    margin[:, 0] = base.sum(axis=1)
    cells = np.stack([_fitted(base, margin[:, t], national[:, t]) for t in range(len(YEARS))], axis=2)
    cells = np.floor(cells + rng.random(cells.shape)).astype(int)
    cells[:, 0, :] = np.maximum(cells[:, 0, :], SMALLEST)
    total = cells.sum(axis=1)
    return Experts(
        provinces, cells, _split(rng, total, np.array(list(TYPES.values()))),
        _split(rng, total, np.array([share for _, share in SECTIONS.values()])),
    )  # fmt: skip


def _base(world: World, rng: np.random.Generator) -> np.ndarray:
    """Cells of 2001 (31, origins): size by province from its economy, origins with local tilts."""
    cities = world.cities.assign(weight=world.city_weights)
    weight = (
        cities.groupby("province_code")["weight"].sum().reindex(world.provinces["province_code"]).to_numpy()
    )
    size = np.log(weight) - np.log(weight).mean()
    level = np.exp(9.6 + 0.95 * size + rng.normal(0, 0.8, len(weight)))
    share = np.array(list(ORIGINS.values())) * np.exp(rng.normal(0, 0.8, (len(weight), len(ORIGINS))))
    return np.round(level[:, None] * share / share.sum(axis=1, keepdims=True))


def _national(rng: np.random.Generator) -> np.ndarray:
    """National totals by origin relative to 2001 (origins, years), growing unevenly; new origins start after 2003."""
    n = len(ORIGINS)
    steps = rng.normal(0.045, 0.05, (n, len(YEARS))) + rng.normal(0, 0.03, (n, 1))
    steps[:, 0] = 0
    path = np.exp(np.cumsum(steps, axis=1))
    return np.clip(path, 0.3, 8)


def _index(base: np.ndarray, relative: np.ndarray) -> np.ndarray:
    growth = np.diff(relative, axis=1, prepend=relative[:, :1])
    return np.log(np.einsum("ps,st->pt", base, 1 + growth))


def _shock(rng: np.random.Generator, n: int) -> np.ndarray:
    """Province-year shock around the shift-share index, half persistent: the confounder of the OLS estimate."""
    walk = np.cumsum(rng.normal(0, 0.15, (n, len(YEARS))), axis=1)
    return walk + rng.normal(0, 0.3, (n, len(YEARS)))


def _fitted(base: np.ndarray, rows: np.ndarray, relative: np.ndarray) -> np.ndarray:
    """Cells with the row margins `rows` and column margins proportional to base totals times `relative`."""
    columns = base.sum(axis=0) * relative
    columns = columns * rows.sum() / columns.sum()
    cells = base.copy()
    for _ in range(30):
        cells *= (rows / cells.sum(axis=1))[:, None]
        total = cells.sum(axis=0)
        cells *= np.divide(columns, total, out=np.zeros_like(columns), where=total > 0)
    return cells


def _split(rng: np.random.Generator, total: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """`total` (31, years) split into parts with persistent local shares that add up exactly (largest remainder)."""
    n, years = total.shape
    tilt = rng.normal(0, 0.35, (n, len(shares), 1)) + rng.normal(0, 0.12, (n, len(shares), years))
    share = shares[None, :, None] * np.exp(tilt)
    exact = total[:, None, :] * share / share.sum(axis=1, keepdims=True)
    parts = np.floor(exact)
    order = np.argsort(np.argsort(-(exact - parts), axis=1, kind="stable"), axis=1, kind="stable")
    return (parts + (order < (total - parts.sum(axis=1))[:, None, :])).astype(int)


def write(world: World, experts: Experts, raw: RawWriter) -> None:
    """Four tables: totals (xlsx), origins (GB18030 csv), types (dta), sections (UTF-8 csv with BOM)."""
    years = YEARS[YEARS <= DELIVERED_TO]
    short = world.provinces["province_short"].to_numpy()
    full = world.provinces["province_name"].to_numpy()
    totals = _long(experts.total[:, None, :], short, [None], years).drop(columns="part")
    raw.xlsx(
        "experts",
        "by_province",
        "境外专家_分省_2001_2015.xlsx",
        totals,
        title="境外专家人数（模拟数据 simulated data）",
    )
    origins = _long(experts.by_origin, full, list(ORIGINS), years).rename(columns={"part": "origin"})
    raw.csv("experts", "by_origin", "境外专家_来源地_2001_2015.csv", origins[origins["experts"] > 0])
    types = _long(experts.by_type, short, list(TYPES), years).rename(columns={"part": "expert_type"})
    raw.dta("experts", "by_type", "境外专家_分类型_2001_2015.dta", types)
    raw.csv(
        "experts",
        "by_industry",
        "境外专家_分行业_2001_2015.csv",
        _sections(experts, full, years),
        encoding="utf-8-sig",
    )


def _long(cells: np.ndarray, provinces: np.ndarray, parts: list, years: np.ndarray) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([provinces, parts, years], names=["province", "part", "year"])
    values = cells[:, :, : len(years)].reshape(-1).astype(float)
    return pd.DataFrame({"experts": values}, index=index).reset_index()


def _sections(experts: Experts, provinces: np.ndarray, years: np.ndarray) -> pd.DataFrame:
    frame = _long(experts.by_section, provinces, list(SECTIONS), years).rename(columns={"part": "section"})
    frame["section_name"] = frame["section"].map({k: name for k, (name, _) in SECTIONS.items()})
    early = frame["year"] < 2003
    frame.loc[early, "section"] = frame.loc[early, "section"].map(MERGED).fillna("其他")
    frame.loc[early, "section_name"] = "合并门类"
    keys = ["province", "section", "section_name", "year"]
    return frame.groupby(keys, as_index=False, sort=False)["experts"].sum()
