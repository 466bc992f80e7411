"""City and province yearbooks of the synthetic economy, and the files in which they are delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from keytech.simulate.damage import Damaged
from keytech.simulate.defects import pick
from keytech.simulate.rates import RATES

if TYPE_CHECKING:
    from keytech.simulate.truth import Truth
    from keytech.simulate.world import World
    from keytech.simulate.writing import RawWriter

YEARS = np.arange(2000, 2023)


def _grid(units: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Units crossed with YEARS, and the number of years since 2000."""
    grid = units.merge(pd.DataFrame({"year": YEARS}), how="cross")
    return grid, (grid["year"] - 2000).to_numpy(float)


def _persistent(rng: np.random.Generator, units: int, spread: float) -> np.ndarray:
    """A random walk per unit over YEARS with yearly standard deviation `spread`, flattened unit by unit."""
    return np.cumsum(rng.normal(0, spread, (units, len(YEARS))), axis=1).ravel()


def city_years(cities: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row per city and year; levels are near those of 2000-2022 and skewed by city size."""
    n = len(cities)
    grid, t = _grid(cities[["city_code", "city_name", "province_code", "province_name", "size"]])
    size = grid["size"].to_numpy()
    growth = 0.13 * np.minimum(t, 13) + 0.075 * np.maximum(t - 13, 0)
    gdp_per_head = np.exp(8.75 + 0.33 * size + growth + _persistent(rng, n, 0.03))
    population = np.exp(5.9 + 0.45 * size + 0.006 * t + _persistent(rng, n, 0.006))
    second = 46 + 4 * np.tanh(size) + 0.5 * np.minimum(t, 11) - 0.7 * np.maximum(t - 11, 0)
    second = np.clip(second + _persistent(rng, n, 1.6), 22.5, 72.4)
    employed = population * np.exp(-2.2 + 0.25 * size + 0.01 * t + _persistent(rng, n, 0.02))
    frame = {
        "gdp_per_head": gdp_per_head.round(0),
        "second_pct": second.round(2),
        "education_10k": np.exp(11.3 + 0.75 * size + 0.15 * t + _persistent(rng, n, 0.05)).round(0),
        "budget_10k": np.exp(13.1 + 0.8 * size + 0.15 * t + _persistent(rng, n, 0.05)).round(0),
        "fdi_10k_usd": np.exp(8.6 + 1.3 * size + 0.07 * t + _persistent(rng, n, 0.15)).round(0),
        "internet_10k": np.exp(2.0 + 0.8 * size + 0.16 * t + _persistent(rng, n, 0.06)).round(3),
        "population_10k": population.round(2),
        "employed_10k": employed.round(3),
        "manufacturing_10k": (employed * np.clip(0.28 + _persistent(rng, n, 0.015), 0.05, 0.7)).round(3),
        "area_km2": np.repeat(np.exp(rng.normal(9.3, 0.6, n)).round(0), len(YEARS)),
    }
    prefecture = np.repeat(
        ~cities["city_name"].str.endswith("市").to_numpy() & (rng.random(n) < 0.85), len(YEARS)
    )
    unreported = prefecture | (rng.random(len(grid)) < 0.004)
    frame["fdi_10k_usd"] = np.where(unreported, np.nan, frame["fdi_10k_usd"])
    return _with_gaps(grid.drop(columns="size").assign(**frame), rng)


def _with_gaps(grid: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Cells that no yearbook printed: education to 2013, product and secondary share before 2010 (robot_upstream, Table 1)."""
    last = {"education_10k": (2013, 0.095), "gdp_per_head": (2009, 0.008), "second_pct": (2009, 0.006)}
    for column, (year, rate) in last.items():
        blank = (rng.random(len(grid)) < rate) & (grid["year"] <= year).to_numpy()
        grid[column] = grid[column].where(~blank)
    return grid


def province_years(provinces: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row per province and year: population, employment, product and R&D expenditure."""
    n = len(provinces)
    grid, t = _grid(provinces[["province_code", "province_name", "is_east"]])
    scale = np.repeat(rng.normal(0, 0.6, n), len(YEARS)) + 0.3 * (grid["is_east"] == "true").to_numpy(float)
    population = np.exp(8.05 + scale + 0.006 * t + _persistent(rng, n, 0.004))
    gdp = population * np.exp(-0.45 + 0.3 * scale + 0.115 * t + _persistent(rng, n, 0.02))
    frame = {
        "population_10k": population.round(2),
        "employed_10k": (population * np.clip(0.55 + _persistent(rng, n, 0.004), 0.4, 0.7)).round(2),
        "gdp_100m": gdp.round(2),
        "rd_100m": (gdp * np.exp(-4.6 + 0.4 * scale + 0.03 * t + _persistent(rng, n, 0.03))).round(3),
    }
    return grid.drop(columns="is_east").assign(**frame)


def printed_cities(world: World, rng: np.random.Generator) -> Damaged:
    """City rows as printed: names of the time, rows of units that were merged later, a few areas that are no city."""
    city = world.city_years.rename(columns={"city_name": "city", "province_name": "province"})
    alias = world.seed_table("seed_city_alias").astype({"valid_from": int, "valid_to": int})
    out = Damaged(city, rng)
    for row in alias[alias["kind"] != "merged"].itertuples():
        of_time = (city["city_code"] == row.city_code) & city["year"].between(
            row.valid_from, row.valid_to - 1
        )
        out.change("city", "name_of_the_time", 1.0, lambda _, name=row.alias: name, where=of_time.to_numpy())
    for row in alias[alias["kind"] == "merged"].itertuples():
        own = city[(city["city_code"] == row.city_code) & (city["year"] < row.valid_to)]
        small = own[["population_10k", "employed_10k", "manufacturing_10k", "area_km2"]] * 0.2
        out.append(own.assign(city=row.alias, **small.round(2)), "city", "merged_city", destroys=False)
    areas = out.frame.iloc[pick(rng, len(out.frame), RATES["yearbook_unknown_city"])]
    out.append(areas.assign(city="经济技术开发区"), "city", "unknown_city", destroys=False)
    return out


def write(world: World, raw: RawWriter, truth: Truth) -> None:
    """Deliver both yearbooks and the coordinates: xlsx with a title row, csv with BOM, one file a decade."""
    for first, last in ((2000, 2009), (2010, 2022)):
        printed = printed_cities(world, world.rng("city yearbook", str(first)))
        title = f"中国城市统计年鉴 {first}-{last}（模拟数据 simulated data）"
        printed.keep(printed.frame["year"].between(first, last).to_numpy())
        file = raw.xlsx(
            "city_yearbook", "city_years", f"城市年鉴_{first}_{last}.xlsx", printed.frame, title=title
        )
        printed.record(truth, file, 4)
    province = world.province_years.rename(columns={"province_name": "province"})
    raw.csv("province_yearbook", "province_years", "分省年度数据.csv", province, encoding="utf-8-sig")
    coordinates = world.cities.rename(columns={"city_name": "city", "province_name": "province"})
    raw.csv("city_coordinates", "cities", "城市坐标.csv", coordinates, encoding="utf-8")
