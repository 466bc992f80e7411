"""How much a city's industry is of the kind that robots enter: what draws pilots there and makes the instruments bite."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import industry_firms, industry_years, robots
from keytech.simulate.world import World


def automation(world: World) -> np.ndarray:
    """Index (n,) by position in world.cities, mean 0 and standard deviation 1, from the surveyed firms.

    The mean of two ranks: robots of China in 2009 by the sector employment of 2009, and US robots of 2014 by that of
    2000, as the two instruments of pilot_spillover have them (methods 5.7). A city without surveyed firms has rank 0.
    Listed makers join the survey only later, so that the instruments differ a little from this index.
    """
    rows = industry_years.build(world, industry_firms.build(world, None))
    rows = rows[rows["year"].isin([2000, 2009]) & rows["employees"].notna()]
    sector = robots.sector_of(rows["cic4"], world.seed_table("seed_ifr_cic"))
    employees = rows.assign(sector=sector).dropna(subset="sector")
    employees = employees.groupby(["year", "city_code", "sector"])["employees"].sum()
    early, late = (employees.loc[year].unstack(fill_value=0.0) for year in (2000, 2009))
    stock = robots.ifr(world).set_index(["country", "year", "sector_code"])["stock"].sort_index()
    us = stock["United States", 2014] / pd.Series({s: people for s, (people, _) in robots.US_SECTORS.items()})
    density = _shares(late) @ (stock["China", 2009].reindex(late.columns).fillna(0.0) / late.sum())
    penetration = _shares(early) @ us.reindex(early.columns).fillna(0.0)
    total = _rank(world, density) + _rank(world, penetration)
    return total / total.std()


def _shares(employees: pd.DataFrame) -> pd.DataFrame:
    return employees.div(employees.sum(axis=1), axis=0)


def _rank(world: World, values: pd.Series) -> np.ndarray:
    """Standardised rank by position in world.cities; 0 where there is no value."""
    rank = values.round(12).reindex(world.cities["city_code"]).rank()
    return np.nan_to_num(((rank - rank.mean()) / rank.std()).to_numpy())
