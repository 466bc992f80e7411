"""The instruments of pilot_spillover in the true panels: they rest on both halves of the economy (methods 5.7)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import robots
from keytech.simulate.csmar import USERS_10K
from keytech.simulate.pilots import BATCHES
from keytech.simulate.world import World

EMPLOYMENT = "city_sector_employment"
SHARES_OF_IV1, SHARES_OF_IV2 = 2009, 2000


def sector_employment(world: World, rows: pd.DataFrame) -> pd.DataFrame:
    """Employees of surveyed firms by city_code, year (2000, 2009) and IFR sector; `rows` as in industry_years."""
    known = rows[rows["year"].isin([SHARES_OF_IV2, SHARES_OF_IV1]) & rows["employees"].notna()]
    known = known.assign(sector=robots.sector_of(known["cic4"], world.seed_table("seed_ifr_cic")))
    known = known.dropna(subset=["sector", "city_code"])
    return known.groupby(["city_code", "year", "sector"])["employees"].sum().reset_index()


def completed(world: World, panels: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """pilot_city and pilot_spillover with iv1 and iv2; `panels` holds both and `city_sector_employment`."""
    employment, stocks = panels[EMPLOYMENT], robots.ifr(world)
    city, firm = panels["pilot_city"], panels["pilot_spillover"]
    density = _weighted(employment, SHARES_OF_IV1, _chinese_density(employment, stocks))
    users = city["year"].map(USERS_10K) / 10000
    chosen = _hypothetical(employment, stocks, city, set(firm["city_code"]))
    city = city.assign(
        iv1=city["city_code"].map(density) * users,
        iv2=(city["year"] > city["city_code"].map(chosen).fillna(np.inf)).astype(int),
    )
    instruments = city[["city_code", "year", "iv1", "iv2"]]
    return {
        "pilot_city": city,
        "pilot_spillover": firm.merge(
            instruments, on=["city_code", "year"], how="left", validate="many_to_one"
        ),
    }


def _weighted(employment: pd.DataFrame, year: int, rate: pd.Series) -> pd.Series:
    """By city: sum over sectors of the city's employment share times `rate` (by sector); sectors without a rate add nothing."""
    wide = employment[employment["year"] == year].pivot(
        index="city_code", columns="sector", values="employees"
    )
    shares = wide.div(wide.sum(axis=1), axis=0)
    known = [sector for sector in wide if sector in rate.index]
    total = shares[known].mul(rate[known], axis=1).sum(axis=1)
    return total[wide[known].notna().any(axis=1)]


def _chinese_density(employment: pd.DataFrame, stocks: pd.DataFrame) -> pd.Series:
    """Robots per 1000 workers of the surveyed firms in 2009, by sector."""
    china = stocks[(stocks["country"] == "China") & (stocks["year"] == SHARES_OF_IV1)]
    people = employment[employment["year"] == SHARES_OF_IV1].groupby("sector")["employees"].sum()
    rate = china.set_index("sector_code")["stock"].reindex(people.index) / people * 1000
    return rate.dropna()


def _hypothetical(
    employment: pd.DataFrame, stocks: pd.DataFrame, city: pd.DataFrame, panel_cities: set[str]
) -> pd.Series:
    """Announcement year in which a panel city would have been chosen by US penetration, as many as were really new."""
    us = robots.us_employment()
    people = us[us["year"] == SHARES_OF_IV2].set_index("sector_code")["employment_thousand"]
    first = (
        city[city["policy_cohort"] > 0].drop_duplicates("city_code").set_index("city_code")["policy_cohort"]
    )
    new = (first[first.index.isin(panel_cities)] - 1).value_counts()
    chosen: dict[str, int] = {}
    for year in BATCHES:
        part = stocks[(stocks["country"] == "United States") & (stocks["year"] == year)].set_index(
            "sector_code"
        )
        score = _weighted(
            employment, SHARES_OF_IV2, (part["stock"].reindex(people.index) / people).dropna()
        ).round(12)
        score = score[score.index.isin(panel_cities) & ~score.index.isin(chosen)]
        order = score.rename("score").rename_axis("city_code").reset_index()
        order = order.sort_values(["score", "city_code"], ascending=[False, True])
        chosen |= dict.fromkeys(order["city_code"].head(int(new.get(year, 0))), year)
    return pd.Series(chosen, dtype=float)
