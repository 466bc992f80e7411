"""Accounts, governance and listing state of every listed firm, 1998-2022: the state behind both vendors' tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate.listed_industries import RARE_CLASSES
from keytech.simulate.world import World

FIRST, LAST = 1998, 2022
YEARS = np.arange(FIRST, LAST + 1)
# Sales of firms near a pilot are steadier and a little larger (signs of pilot_spillover, Table 6).
CALMER, SALES_GAIN, ASSET_GAIN = 0.65, 0.04, 0.06


def accounts(world: World, firms: pd.DataFrame, cohort: np.ndarray) -> pd.DataFrame:
    """One row per firm and year 1998-2022, firm by firm; `cohort` is the first policy year by city. Amounts in yuan rounded to 0.01, shares in percent.

    Columns: firm (position), year, the CNRDS and CSMAR fields, short_name, st (mark or ''), csrc2, csrc_code,
    csrc_standard, city, office, listed (year within the listing), first_record (one year before listing).
    """
    n = len(firms)
    rng = world.rng("listed", "accounts")
    frame = pd.DataFrame({"firm": np.repeat(np.arange(n), len(YEARS)), "year": np.tile(YEARS, n)})
    for name, values in _money(rng, n, treated(firms, cohort)).items():
        frame[name] = np.round(values, 2).ravel()
    for name, values in _governance(rng, n).items():
        frame[name] = values.ravel()
    frame["employees"] = np.maximum(np.round(frame["employees"]), 20)
    frame["staff_cost"] = (frame["staff_cost"] * frame["employees"]).round(2)
    return _placed(world, firms, _marked(world, firms, frame))


def treated(firms: pd.DataFrame, cohort: np.ndarray) -> np.ndarray:
    """(firms, years): whether the firm's registered city has had a pilot in an earlier year; `cohort` by city position."""
    moved = firms["moved"].to_numpy()[:, None]
    before = (moved > 0) & (moved > YEARS)
    city = np.where(before, firms["city_before"].to_numpy()[:, None], firms["city"].to_numpy()[:, None])
    return (cohort[city] > 0) & (cohort[city] <= YEARS)


def _walk(rng: np.random.Generator, n: int, spread: float, rho: float = 0.9) -> np.ndarray:
    """A stationary first-order autoregression (n, years) with standard deviation `spread`."""
    shocks = rng.normal(0, 1, (n, len(YEARS)))
    out = np.empty_like(shocks)
    out[:, 0] = shocks[:, 0]
    for t in range(1, len(YEARS)):
        out[:, t] = rho * out[:, t - 1] + np.sqrt(1 - rho**2) * shocks[:, t]
    return spread * out


def _money(rng: np.random.Generator, n: int, piloted: np.ndarray) -> dict[str, np.ndarray]:
    """Balance sheet, income and cash flow; `staff_cost` is still the average wage per head."""
    t = YEARS - 2008.0
    size = 22.35 + rng.normal(0, 0.85, (n, 1)) + 0.085 * t + _walk(rng, n, 0.45, 0.95)
    kl = 13.30 + 0.10 * (size - 22.35) + rng.normal(0, 0.6, (n, 1)) + 0.035 * t + _walk(rng, n, 0.35)
    wage = 11.40 + 0.06 * (size - 22.35) + rng.normal(0, 0.35, (n, 1)) + 0.075 * t + _walk(rng, n, 0.28)
    usual = -0.65 + rng.normal(0, 0.45, (n, 1))
    walk = _walk(rng, n, 0.30, 0.7)
    jump = (rng.random((n, len(YEARS))) < 0.05) * rng.normal(0.2, 0.8, (n, len(YEARS)))
    assets = np.exp(size + ASSET_GAIN * piloted)
    swing = np.where(piloted, CALMER * (walk + jump) + SALES_GAIN, walk + jump)
    revenue = assets * np.exp(usual + swing)
    debt = 1 / (1 + np.exp(0.15 - 0.15 * (size - 22.35) + rng.normal(0, 0.65, (n, 1)) + _walk(rng, n, 0.5)))
    margin = 0.055 + rng.normal(0, 0.05, (n, 1)) + _walk(rng, n, 0.07, 0.6)
    profit, current = revenue * margin, assets * np.clip(0.55 + _walk(rng, n, 0.15), 0.08, 0.95)
    ebit = profit * 1.25 + assets * debt * 0.02
    paid = (rng.random((n, len(YEARS))) < 0.65) & (profit > 0)
    return {
        "total_assets": assets,
        "total_liabilities": assets * debt,
        "employees": assets / np.exp(kl),
        "staff_cost": np.exp(wage),
        "total_revenue": revenue * np.exp(np.abs(rng.normal(0, 0.004, revenue.shape))),
        "revenue": revenue,
        "net_profit": profit,
        "ebit": ebit,
        "fixed_assets": (assets - current) * np.clip(0.65 + _walk(rng, n, 0.15), 0.1, 0.95),
        "current_assets": current,
        "current_liabilities": assets * debt * np.clip(0.78 + _walk(rng, n, 0.12), 0.2, 1.0),
        "long_term_debt": assets * debt * np.clip(0.12 + _walk(rng, n, 0.08), 0.0, 0.6),
        "operating_cash_flow": profit * 0.9 + assets * _walk(rng, n, 0.05, 0.3) + assets * 0.02,
        "capex": assets * np.exp(-3.1 + _walk(rng, n, 0.8, 0.6)),
        "cash_dividends": np.where(paid, profit * rng.uniform(0.1, 0.6, profit.shape), 0.0),
        "market_value": assets * np.exp(0.35 - 0.25 * (size - 22.35) + _walk(rng, n, 0.5)),
    }


def _governance(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    shape = (n, len(YEARS))
    board = np.clip(np.round(9 + rng.normal(0, 1.2, (n, 1)) + _walk(rng, n, 1.0)), 5, 17)
    early = np.array([0.05, 0.07, 0.09, 0.15, 0.25, 0.33])
    share = np.concatenate([early, np.full(len(YEARS) - len(early), 0.355)])
    independent = np.clip(np.round(board * (share + rng.normal(0, 0.05, shape))), 0, board - 1)
    managers = np.clip(8 + rng.gamma(0.6, 18, (n, 1)) + _walk(rng, n, 3), 0, 75)
    return {
        "top1_pct": np.clip(36 + rng.normal(0, 13, (n, 1)) + _walk(rng, n, 7), 4, 88).round(2),
        "board_size": board,
        "independent_directors": independent,
        "is_dual": (rng.random(n)[:, None] + 0.25 * rng.random(shape) < 0.30).astype(int),
        "mgmt_share_pct": np.where(rng.random((n, 1)) < 0.45, 0.01, managers).round(4) * np.ones(shape),
    }


def _marked(world: World, firms: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """ST, *ST, S*ST and PT marks in spells of one to three years, and before a delisting; listing flags."""
    rng = world.rng("listed", "marks")
    n = len(firms)
    listing = firms["listing_date"].dt.year.to_numpy()
    end = firms["delisting_date"].dt.year.fillna(9999).to_numpy(int)
    start = (rng.random((n, len(YEARS))) < 0.024) & (listing[:, None] + 2 < YEARS)
    spell = rng.integers(1, 4, (n, len(YEARS)))
    marked = np.zeros((n, len(YEARS)), bool)
    for lag in range(3):
        marked[:, lag:] |= start[:, : len(YEARS) - lag] & (spell[:, : len(YEARS) - lag] > lag)
    marked |= (end[:, None] - 2 <= YEARS) & (end[:, None] >= YEARS)
    kind = rng.choice(["ST", "*ST", "S*ST"], (n, len(YEARS)), p=[0.5, 0.42, 0.08])
    kind = np.where((YEARS < 2003) & (rng.random((n, len(YEARS))) < 0.3), "PT", kind)
    mark = np.where(marked, kind, "").ravel()
    owner = frame["firm"].to_numpy()
    short = firms["short_name"].to_numpy()[owner]
    frame["st"] = mark
    frame["short_name"] = [m + s for m, s in zip(mark, short, strict=True)]
    frame["listed"] = (frame["year"] >= listing[owner]) & (frame["year"] <= end[owner])
    frame["first_record"] = frame["year"] == listing[owner] - 1
    return frame


def _placed(world: World, firms: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """City and industry of each year: moves, and the few firms that enter a rare class after 2016."""
    owner, year = frame["firm"].to_numpy(), frame["year"].to_numpy()
    before = (firms["moved"].to_numpy()[owner] > 0) & (year < firms["moved"].to_numpy()[owner])
    frame["city"] = np.where(before, firms["city_before"].to_numpy()[owner], firms["city"].to_numpy()[owner])
    frame["office"] = np.where(before, frame["city"], firms["office"].to_numpy()[owner])
    rng = world.rng("listed", "industry changes")
    old = np.flatnonzero(
        firms["listing_date"].dt.year.between(2006, 2012) & ~firms["csrc2"].str.startswith("J")
    )
    movers = rng.choice(old, len(RARE_CLASSES), replace=False)
    later = pd.Series(RARE_CLASSES, index=movers).reindex(np.arange(len(firms))).to_numpy(object)
    new = pd.notna(later)[owner] & (year >= 2017)
    frame["csrc2"] = np.where(new, later[owner], firms["csrc2"].to_numpy()[owner])
    frame["csrc_standard"] = np.where(year < 2012, "2001版", "2012版")
    frame["csrc_code"] = np.where(year < 2012, firms["csrc_2001"].to_numpy()[owner], frame["csrc2"])
    provinces = world.cities["province_code"].to_numpy()
    sold = np.where(rng.random(len(firms)) < 0.04, rng.integers(2008, 2020, len(firms)), 9999)
    state = (firms["ownership"] == "国企").to_numpy()[owner]
    frame["ownership"] = np.where(state & (year >= sold[owner]), "民营", firms["ownership"].to_numpy()[owner])
    frame["province_code"] = provinces[frame["city"].to_numpy()]
    frame["city_code"] = world.cities["city_code"].to_numpy()[frame["city"].to_numpy()]
    return frame
