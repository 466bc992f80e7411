"""Estimation samples and fixed parts of the outcome process of listed firms, put together from their state."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import calibrate, csmar, experts, listed_counts, listed_samples
from keytech.simulate.listed_samples import PilotSample
from keytech.simulate.pilots import Pilots
from keytech.simulate.world import World

PILOT_CONTROLS = ("roa", "lnage", "ki", "ifdome", "size", "kd", "meangdp", "infor", "finsgov", "fdi")
APPETITE_SHARE, AGGLOMERATION_SHARE, SIMILARITY_SHARE = 0.35, 0.20, 0.30
CONCENTRATION_SHARE, SIZE_SHARE = 0.25, 0.60


def fitted_experts(
    world: World, accounts: pd.DataFrame, variables: pd.DataFrame, records: np.ndarray
) -> experts.Experts:
    """The survey whose first stage (T2 column 1) on the sample is the printed coefficient: corrections of its slope."""
    x = listed_counts.clipped_variables(variables, records).to_numpy()[records]
    groups = talent_groups(world, accounts, records)
    within = calibrate.demeaned(x, groups)
    slope = listed_counts.T2_FIRST
    for _ in range(3):
        survey = experts.build(world, slope)
        both = listed_samples.talent_of(world, survey, accounts, records)[:, :2]
        talent = calibrate.demeaned(both, groups)
        stage = np.linalg.lstsq(np.column_stack([talent[:, 1], within]), talent[:, 0], rcond=None)[0]
        slope += listed_counts.T2_FIRST - stage[0]
    return survey


def talent_groups(world: World, accounts: pd.DataFrame, records: np.ndarray) -> list[np.ndarray]:
    """Codes of csrc2 x year and region7 x year of the records."""
    year = accounts["year"].to_numpy()[records]
    industry = listed_samples.codes(accounts["csrc2"].to_numpy()[records], year)
    return [industry, listed_samples.codes(listed_samples.region_of(world, accounts, records), year)]


def pilot_controls(
    world: World, accounts: pd.DataFrame, firms: pd.DataFrame, sample: PilotSample
) -> pd.DataFrame:
    """Controls of methods 5.5 for the rows of the pilot sample, before winsorising; null where not disclosed."""
    rows = csmar.disclosed(accounts, firms, sample.blank).loc[sample.positions]
    founded = firms["founding_date"].dt.year.to_numpy()[rows["firm"].to_numpy()]
    city = world.city_years.set_index(["city_code", "year"])
    city = city.loc[pd.MultiIndex.from_arrays([rows["city_code"], rows["year"]])]
    return pd.DataFrame({
        "roa": (rows["net_profit"] / rows["total_assets"]).to_numpy(),
        "lnage": np.log(rows["year"].to_numpy() - founded + 1),
        "ki": (rows["total_assets"] / rows["revenue"]).to_numpy(),
        "ifdome": (rows["ownership"] == "国企").astype(float).where(rows["ownership"].notna()).to_numpy(),
        "size": rows["total_assets"].to_numpy(),
        "kd": (rows["total_liabilities"] / rows["total_assets"]).to_numpy(),
        "meangdp": city["gdp_per_head"].to_numpy(),
        "infor": (city["internet_10k"] / city["population_10k"] * 10000).to_numpy(),
        "finsgov": city["budget_10k"].to_numpy() * 10000,
        "fdi": city["fdi_10k_usd"].to_numpy() * 10000,
    })  # fmt: skip


def pilot_groups(accounts: pd.DataFrame, positions: np.ndarray) -> list[np.ndarray]:
    """Codes of firm, csrc2 x year and province x year."""
    rows = accounts.iloc[positions]
    year = rows["year"].to_numpy()
    industry = listed_samples.codes(rows["csrc2"].to_numpy(), year)
    return [rows["firm"].to_numpy(), industry, listed_samples.codes(rows["province_code"].to_numpy(), year)]


def strength(
    world: World, accounts: pd.DataFrame, rows: np.ndarray, appetite: np.ndarray, similar: np.ndarray
) -> np.ndarray:
    """How strongly a firm answers to a pilot: more with appetite for learning, in manufacturing cities, near its like,
    where few listed firms of its industry share the city, and in large firms, which are the less constrained ones.

    Positive, mean near one; these are the signs that claims.csv states in words (S2, H1, H2, H3, M1c-e) or Tables 5, 6 print.
    """
    base = world.city_years[world.city_years["year"] == 2014].set_index("city_code")
    base = base.reindex(world.cities["city_code"])
    agglomeration = _standard((base["manufacturing_10k"] / base["employed_10k"]).to_numpy())
    late = accounts[accounts["listed"] & (accounts["year"] == 2015)]
    size = late.groupby(["city", "csrc2"]).size()
    mine = pd.MultiIndex.from_frame(accounts[["city", "csrc2"]].iloc[rows])
    alone = _standard(1 / size.reindex(mine).fillna(1).to_numpy())
    city, firm = accounts["city"].to_numpy()[rows], accounts["firm"].to_numpy()[rows]
    before = accounts[accounts["year"] == 2014].sort_values("firm")
    large = _standard(np.log(before["total_assets"].to_numpy()))
    tilt = APPETITE_SHARE * appetite[firm] + AGGLOMERATION_SHARE * agglomeration[city]
    tilt = tilt + SIMILARITY_SHARE * similar[city] + CONCENTRATION_SHARE * alone + SIZE_SHARE * large[firm]
    return np.clip(1 + tilt, 0.1, None)


def _standard(values: np.ndarray) -> np.ndarray:
    """Mean 0, standard deviation 1; missing values are 0."""
    return np.nan_to_num((values - np.nanmean(values)) / np.nanstd(values))


def process(
    world: World, accounts: pd.DataFrame, variables: pd.DataFrame, records: np.ndarray, survey: experts.Experts,
    programme: Pilots, sample: PilotSample, controls: pd.DataFrame, appetite: np.ndarray, similar: np.ndarray,
) -> listed_counts.Process:  # fmt: skip
    """The fixed parts of the outcome index and the two studies' estimators as linear maps of the outcome."""
    rows = listed_counts.active_rows(accounts)
    record = rows - 1
    talent = listed_samples.talent_of(world, survey, accounts, record)
    clipped = listed_counts.clipped_variables(variables, records).to_numpy()[record]
    city = accounts["city"].to_numpy()[rows]
    answer = strength(world, accounts, rows, appetite, similar)
    policy = listed_counts.policy_effect(accounts["year"].to_numpy()[rows], programme.cohort[city], answer)
    inside = np.flatnonzero(np.isin(record, records))
    if len(inside) != len(records):
        raise AssertionError("a sample record has no outcome row")
    x = np.column_stack([talent[inside, 0], clipped[inside]])
    groups = talent_groups(world, accounts, record[inside])
    pilot, pilot_row = pilot_estimator(accounts, rows, programme, sample, controls)
    return listed_counts.Process(
        rows=rows, record=record, regressors=np.column_stack([np.ones(len(rows)), talent[:, [0, 2]], clipped]),
        level=listed_counts.level_effects(world, accounts, record), policy=policy, talent=inside,
        talent_rows=listed_counts.estimators(x, talent[inside, 1], groups), pilot=pilot, pilot_row=pilot_row,
    )  # fmt: skip


def pilot_estimator(
    accounts: pd.DataFrame, rows: np.ndarray, programme: Pilots, sample: PilotSample, controls: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Positions (in rows) of the sample of T3 (5), and the row vector that turns outcomes into its policy coefficient."""
    window = np.flatnonzero(accounts["year"].to_numpy()[sample.positions] <= 2019)
    x = controls.iloc[window].copy()
    for name in PILOT_CONTROLS:
        if name != "ifdome":
            x[name] = x[name].clip(*listed_samples.winsor_bounds(x[name].dropna().to_numpy()))
    complete = window[x.notna().all(axis=1).to_numpy()]
    keep = calibrate.without_singletons(pilot_groups(accounts, sample.positions[complete]))
    kept = complete[keep]
    positions = sample.positions[kept]
    cohort = programme.cohort[accounts["city"].to_numpy()[positions]]
    treated = ((cohort > 0) & (accounts["year"].to_numpy()[positions] >= cohort)).astype(float)
    used = x.loc[kept, list(PILOT_CONTROLS)].to_numpy(float)
    regressors = np.column_stack([treated, used / used.std(axis=0)])
    maps = calibrate.least_squares_rows(regressors, pilot_groups(accounts, positions))
    return np.searchsorted(rows, positions), maps[0]
