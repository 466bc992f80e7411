"""What the vendors disclose and which firm-years the two listed-firm studies keep: state, never read from files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.simulate.experts import YEARS as TALENT_YEARS
from keytech.simulate.experts import Experts
from keytech.simulate.pilots import Pilots
from keytech.simulate.world import World

TALENT_ROWS = 23_778
PILOT_ROWS, PILOT_FIRM_ROWS, PILOT_CITY_ROWS = 22_076, 21_703, 20_652
BLANKS_CNRDS = ("employees", "staff_cost", "top1_pct", "board_size", "is_dual")
FIRM_REGRESSORS = (
    "lnage",
    "lnsize",
    "lnkl",
    "top1",
    "ind_share",
    "dum_dual",
    "lnave_wage",
    "growth",
    "asset_debt",
)
CONTINUOUS = tuple(name for name in FIRM_REGRESSORS if name != "dum_dual")


def talent_variables(accounts: pd.DataFrame, firms: pd.DataFrame) -> pd.DataFrame:
    """Same-year firm variables of methods 1.5 for every firm and year, before winsorising; row i belongs to row i of accounts."""
    owner = accounts["firm"].to_numpy()
    founded = firms["founding_year"].to_numpy()[owner]
    previous = accounts.groupby("firm")[["total_revenue", "revenue"]].shift(1)
    years = np.maximum(accounts["year"] - founded + 1, 1)
    return pd.DataFrame({
        "lnage": np.log(years),
        "lnsize": np.log(accounts["total_assets"] + 1),
        "lnkl": np.log(accounts["total_assets"] / accounts["employees"]),
        "top1": accounts["top1_pct"],
        "ind_share": 100 * accounts["independent_directors"] / accounts["board_size"],
        "dum_dual": accounts["is_dual"].astype(float),
        "lnave_wage": np.log(accounts["staff_cost"] / accounts["employees"]),
        "growth": 100 * (accounts["total_revenue"] / previous["total_revenue"] - 1),
        "asset_debt": accounts["total_liabilities"] / accounts["total_assets"],
        "lnemployee": np.log(accounts["employees"]),
        "mgmt_share": accounts["mgmt_share_pct"],
        "growth_alt": 100 * (accounts["revenue"] / previous["revenue"] - 1),
    })  # fmt: skip


def talent_sample(world: World, accounts: pd.DataFrame, firms: pd.DataFrame) -> tuple[np.ndarray, pd.Series]:
    """Positions in `accounts` of the records that pass methods 1.3 (ordered), and the blank field of each record.

    Exactly TALENT_ROWS records remain at the default size: the others of the candidates lack one indicator. No
    industry-year cell is left with one record.
    """
    rng = world.rng("listed", "cnrds blanks")
    founded = firms["founding_year"].to_numpy()[accounts["firm"]]
    candidate = (
        accounts["listed"] & accounts["year"].between(2001, 2015) & (accounts["st"] == "")
        & ~accounts["csrc2"].str.startswith("J") & (founded <= accounts["year"])
    ).to_numpy()  # fmt: skip
    positions = np.flatnonzero(candidate)
    blank = pd.Series("", index=accounts.index, dtype=object)
    cells = accounts["csrc2"].to_numpy()[positions] + accounts["year"].to_numpy()[positions].astype(str)
    order = rng.permutation(len(positions))
    crowded = pd.Series(cells[order]).groupby(cells[order]).cumcount().to_numpy() >= 4
    dropped = positions[order[crowded][: max(len(positions) - TALENT_ROWS, 0)]]
    blank.iloc[dropped] = rng.choice(BLANKS_CNRDS, len(dropped))
    return np.setdiff1d(positions, dropped), blank


@dataclass(frozen=True)
class PilotSample:
    """Rows of pilot_spillover: positions in accounts; what is blank; which rows have all controls."""

    positions: np.ndarray
    blank: pd.Series
    has_firm_controls: np.ndarray
    has_city_controls: np.ndarray


def pilot_sample(
    world: World, accounts: pd.DataFrame, firms: pd.DataFrame, pilots: Pilots, last: int = 2022
) -> PilotSample:
    """Firm-years 2010 to `last` that pass methods 5.1; sizes meet the paper's for 2010-2019."""
    rng = world.rng("listed", "csmar blanks")
    direct = np.isin(np.arange(len(firms)), pilots.units["firm"])
    kept = (
        ~direct & (2019 - firms["listing_date"].dt.year + 1 >= 5) & firms["delisting_date"].isna()
        & ~firms["csrc2"].str.startswith("J")
    ).to_numpy()  # fmt: skip
    candidate = (
        accounts["listed"].to_numpy()
        & accounts["year"].between(2010, last).to_numpy()
        & kept[accounts["firm"]]
    )
    positions = np.flatnonzero(candidate)
    paper = accounts["year"].to_numpy()[positions] <= 2019
    blank = pd.Series("", index=accounts.index, dtype=object)
    rare = accounts["csrc2"].map(accounts["csrc2"].value_counts()).to_numpy()[positions] < 100
    early = np.flatnonzero(paper & ~rare)
    dropped = positions[rng.choice(early, max(int(paper.sum()) - PILOT_ROWS, 0), replace=False)]
    blank.iloc[dropped] = rng.choice(["registered_city", "csrc_code"], len(dropped))
    rows = np.setdiff1d(positions, dropped)
    covered = world.city_years.set_index(["city_code", "year"])["fdi_10k_usd"].notna()
    keys = pd.MultiIndex.from_arrays([accounts["city_code"].iloc[rows], accounts["year"].iloc[rows]])
    has_city = covered.reindex(keys).fillna(False).to_numpy(bool)
    usable = np.flatnonzero((accounts["year"].to_numpy()[rows] <= 2019) & ~np.isin(rows, positions[rare]))
    lacking = rows[rng.choice(usable, PILOT_ROWS - PILOT_FIRM_ROWS, replace=False)]
    blank.iloc[lacking] = rng.choice(["net_profit", "total_liabilities", "ownership"], len(lacking))
    return PilotSample(rows, blank, ~np.isin(rows, lacking), has_city)


def talent_of(world: World, experts: Experts, accounts: pd.DataFrame, positions: np.ndarray) -> np.ndarray:
    """(n, 3): lntalent, lnbartik and the shock lntalent - 0.91 lnbartik of the records' province and year.

    Years before 2001 take the values of 2001.
    """
    province = {code: i for i, code in enumerate(experts.provinces)}
    row = accounts["province_code"].iloc[positions].map(province).to_numpy()
    column = np.clip(accounts["year"].to_numpy()[positions] - TALENT_YEARS[0], 0, len(TALENT_YEARS) - 1)
    talent, bartik = np.log(experts.total)[row, column], experts.lnbartik()[row, column]
    return np.column_stack([talent, bartik, talent - 0.91 * bartik])


def region_of(world: World, accounts: pd.DataFrame, positions: np.ndarray) -> np.ndarray:
    """The seven-region name of each record's province."""
    regions = world.provinces.set_index("province_code")["region7"]
    return regions.reindex(accounts["province_code"].iloc[positions]).to_numpy()


def codes(*parts) -> np.ndarray:
    """Integer codes of the combinations of the given columns."""
    frame = pd.DataFrame({str(i): np.asarray(part) for i, part in enumerate(parts)})
    return frame.groupby(list(frame.columns), sort=True).ngroup().to_numpy()


def winsor_bounds(values: np.ndarray) -> tuple[float, float]:
    """1st and 99th percentile, linear interpolation."""
    low, high = np.quantile(values, [0.01, 0.99])
    return float(low), float(high)
