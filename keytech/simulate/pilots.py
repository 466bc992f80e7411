"""Pilot units of intelligent manufacturing: four batches, 306 units, 116 newly covered cities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.simulate import defects, names
from keytech.simulate.automation import automation
from keytech.simulate.listed_industries import INDUSTRIES
from keytech.simulate.rates import RATES
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

BATCHES = {
    2015: ("2015-07-21", 46, 31),
    2016: ("2016-06-17", 64, 32),
    2017: ("2017-09-29", 97, 30),
    2018: ("2018-07-31", 99, 23),
}
AUTOMATION_SHARE = 0.8
OBJECTS = ("智能工厂", "数字化车间", "智能制造", "大规模个性化定制", "远程运维服务", "网络协同制造")


@dataclass(frozen=True)
class Pilots:
    """units: one row per pilot unit, with `firm` (position of the listed firm it belongs to, or -1).

    cohort: first policy year by position in world.cities (announcement year + 1), 0 where never.
    """

    units: pd.DataFrame
    cohort: np.ndarray


def build(world: World, firms: pd.DataFrame, subsidiaries: pd.DataFrame) -> Pilots:
    """Draw cities (by size and fit for robots, with enough chance that every province keeps both kinds of firms) and units."""
    rng = world.rng("pilots")
    cohort = _cohorts(world, rng)
    rows = []
    for year, (announced, units, fresh) in BATCHES.items():
        new = np.flatnonzero(cohort == year + 1)
        covered = np.flatnonzero((cohort > 0) & (cohort <= year + 1))
        weight = np.sqrt(world.city_weights[covered])
        more = rng.choice(covered, units - fresh, p=weight / weight.sum())
        rows += [(year, announced, city) for city in [*new, *more]]
    frame = pd.DataFrame(rows, columns=["batch_year", "announced", "city"])
    return Pilots(_units(world, rng, frame, firms, subsidiaries), cohort)


def _cohorts(world: World, rng: np.random.Generator) -> np.ndarray:
    """Larger cities and those where robots fit come first; one city of each province does, so that all 31 are covered."""
    n = len(world.cities)
    size, fits = world.cities["size"].to_numpy(), AUTOMATION_SHARE * automation(world)
    score = 0.75 * size + fits + rng.gumbel(0, 1.0, n)
    best = pd.Series(score).groupby(world.cities["province_code"].to_numpy()).idxmax().to_numpy()
    score[best] += 100.0
    chosen = np.argsort(-score, kind="stable")[: sum(fresh for *_, fresh in BATCHES.values())]
    timing = (0.9 * size + fits)[chosen] + rng.gumbel(0, 1.0, len(chosen))
    order = chosen[np.argsort(-timing, kind="stable")]
    cohort = np.zeros(n, int)
    first = 0
    for year, (*_, fresh) in BATCHES.items():
        cohort[order[first : first + fresh]] = year + 1
        first += fresh
    return cohort


def _units(world, rng, frame, firms, subsidiaries) -> pd.DataFrame:
    """A third of the units are listed firms or subsidiaries in the city; the others are outside the stock market."""
    n = len(frame)
    brand = names.brands(world.rng("listed", "former brands"), 5000 + n, "former")[5000:]
    industry = rng.choice([c for c in INDUSTRIES if c.startswith("C")], n)
    trade = [INDUSTRIES[c][1][0] for c in industry]
    city = world.cities.iloc[frame["city"].to_numpy()].reset_index(drop=True)
    name = np.array(
        [f"{p}{b}{t}有限公司" for p, b, t in zip(city["city_short"], brand, trade, strict=True)], dtype=object
    )
    maker = firms["csrc2"].str.startswith("C").to_numpy() & (firms["listing_date"].dt.year <= 2014).to_numpy()
    held = subsidiaries[(subsidiaries["is_controlled"] == "是") & (subsidiaries["first_year"] <= 2014)]
    firm, used = np.full(n, -1), set()
    kind, luck = rng.random(n), rng.random(n)
    for i, place in enumerate(frame["city"]):
        if kind[i] < 0.22:
            pool = np.flatnonzero(maker & (firms["city"].to_numpy() == place))
            entries = [(f, firms["full_name"].iloc[f]) for f in pool if f not in used]
        elif kind[i] < 0.38:
            mine = held[held["city"] == place]
            entries = [
                (o, s)
                for o, s in zip(mine["owner"], mine["subsidiary_name"], strict=True)
                if maker[o] and o not in used
            ]
        else:
            continue
        if entries:
            firm[i], name[i] = entries[int(luck[i] * len(entries))]
            used.add(firm[i])
    project = [f"{t}{OBJECTS[k]}" for t, k in zip(trade, rng.integers(0, len(OBJECTS), n), strict=True)]
    category = rng.choice(world.seed_table("seed_pilot_categories")["category"].unique(), n)
    stkcd = np.where(firm >= 0, firms["stkcd"].to_numpy(object)[firm], "")
    return frame.assign(firm=firm, stkcd=stkcd, unit_name=name, project=project, category=category, industry=industry,
                        city_name=city["city_name"], province=city["province_name"])  # fmt: skip


def write(world: World, pilots: Pilots, raw: RawWriter, truth: Truth) -> None:
    """One workbook or csv per batch; some unit names with half-width brackets or without 责任."""
    rng = world.rng("pilots", "writing")
    for year, part in pilots.units.groupby("batch_year"):
        part = part.drop(columns="city").rename(columns={"city_name": "city"})
        part["announced"] = pd.to_datetime(part["announced"])
        clean = part["unit_name"].to_numpy(object)
        rows = defects.pick(rng, len(part), RATES["unit_name_variant"])
        part["unit_name"] = defects.apply(clean, rows, defects.legal_variant)
        touched = np.flatnonzero(part["unit_name"].to_numpy(object) != clean)
        title = f"{year}年智能制造试点示范项目名单（模拟数据 simulated data）"
        if year % 2:
            file = raw.xlsx("pilots", "units", f"{year}年智能制造试点示范项目.xlsx", part, title=title)
            truth.defects(file, touched + 4, "unit_name", "legal form variant")
        else:
            file = raw.csv("pilots", "units", f"{year}年智能制造试点示范项目.csv", part)
            truth.defects(file, touched + 2, "unit_name", "legal form variant")
    listed = pilots.units[pilots.units["firm"] >= 0]
    truth.links(
        pd.DataFrame(
            {
                "source": "pilots",
                "raw_name": listed["unit_name"],
                "entity": listed["stkcd"],
                "kind": "pilot unit",
            }
        )
    )
