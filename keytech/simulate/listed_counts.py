"""Key-technology counts of listed firms: one outcome process behind talent_keytech and pilot_spillover.

index of firm i in year t = constant + b1 lntalent_{p,t-1} + b2 shock_{p,t-1} + X_{i,t-1} b + industry-year + region-year
                            + policy effect (city cohort, event time) + e_it ,  e iid

The province-year shock makes lntalent endogenous: least squares and the shift-share instrument differ. Counts are
drawn from the index by randomised rounding; constant, slopes, shock loading and the scale of the policy effect are
calibrated (calibrate.py) so that the paper's estimators on the panels have the printed coefficients as estimands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.simulate import calibrate, listed_samples
from keytech.simulate.listed_accounts import YEARS
from keytech.simulate.listed_industries import TECHNOLOGY_LEVEL
from keytech.simulate.listed_samples import CONTINUOUS, FIRM_REGRESSORS
from keytech.simulate.world import World

OUTCOMES = ("lnkeypat", "lnpurpat", "lnleadpat")
T1 = {
    "lntalent": (0.0498, 0.0330, 0.0500), "lnage": (-0.2163, -0.1151, -0.2151), "lnsize": (0.2696, 0.1962, 0.2679),
    "lnkl": (-0.1930, -0.1301, -0.1903), "top1": (-0.0017, -0.0015, -0.0017), "ind_share": (0.0009, 0.0002, 0.0010),
    "dum_dual": (0.0698, 0.0328, 0.0689), "lnave_wage": (0.2372, 0.1823, 0.2342), "growth": (0.0005, 0.0002, 0.0005),
    "asset_debt": (-0.2617, -0.1731, -0.2557), "const": (-4.8177, -3.9065, -4.8048),
}  # fmt: skip
T2 = (0.0491, 0.0341, 0.0492)
T2_FIRST = 0.9101
T3_POLICY = 0.1287
SD_ERROR = 0.42
SD_OWN = 0.08
PUR_SHARE = 0.60  # of the common effects and errors in the index of blockade technologies
# Policy effect relative to its scale: by first policy year, and by years since then.
COHORT_FACTOR = {2016: 1.10, 2017: 1.00, 2018: 0.90, 2019: 0.85}
EVENT_FACTOR = (0.80, 1.00, 1.15, 1.25, 1.25, 1.25, 1.25)
FIRST_YEAR = 1999


@dataclass(frozen=True)
class Process:
    """Fixed parts of the index for rows = firm-years that may file patents (positions in accounts, `record` a year earlier).

    regressors (n, 12): 1, lntalent, shock, FIRM_REGRESSORS. level: industry-year and region-year effects.
    policy: effect at scale one. talent / pilot: positions within rows of the two estimation samples.
    """

    rows: np.ndarray
    record: np.ndarray
    regressors: np.ndarray
    level: np.ndarray
    policy: np.ndarray
    talent: np.ndarray
    talent_rows: np.ndarray
    pilot: np.ndarray
    pilot_row: np.ndarray


@dataclass(frozen=True)
class Counts:
    """Numbers of key applications per row of the process, and the calibrated structure."""

    key: np.ndarray
    lead: np.ndarray
    sei: np.ndarray
    pur: np.ndarray
    theta: np.ndarray
    policy_scale: float


def active_rows(accounts: pd.DataFrame) -> np.ndarray:
    """Positions of firm-years that may file: from a year before listing to a year after the last listed year, from 1999."""
    listed = accounts["listed"].to_numpy()
    near = listed | np.roll(listed, -1) | np.roll(listed, 1)
    return np.flatnonzero(near & accounts["year"].between(FIRST_YEAR, YEARS[-1]).to_numpy())


def policy_effect(years: np.ndarray, cohort: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Effect at scale one: none before the first policy year, by cohort and event time after it, times `strength`."""
    since = np.where(cohort > 0, years - cohort, -1)
    by_event = np.array(EVENT_FACTOR)[np.clip(since, 0, len(EVENT_FACTOR) - 1)]
    by_cohort = pd.Series(cohort).map(COHORT_FACTOR).fillna(0.0).to_numpy()
    return np.where(since >= 0, by_event * by_cohort * strength, 0.0)


def level_effects(world: World, accounts: pd.DataFrame, record: np.ndarray) -> np.ndarray:
    """Industry-year and region-year effects of the record's industry and region, with a common rise over time."""
    rng = world.rng("listed", "effects")
    industry, year = accounts["csrc2"].to_numpy()[record], accounts["year"].to_numpy()[record]
    region = listed_samples.region_of(world, accounts, record)
    cell, place = listed_samples.codes(industry, year), listed_samples.codes(region, year)
    base = 0.35 * pd.Series(industry).map(TECHNOLOGY_LEVEL).fillna(-0.05).to_numpy()
    trend = 0.010 * (year - 2008)
    return (
        base + trend + rng.normal(0, 0.05, cell.max() + 1)[cell] + rng.normal(0, 0.03, place.max() + 1)[place]
    )


def estimators(x: np.ndarray, bartik: np.ndarray, groups: list[np.ndarray]) -> np.ndarray:
    """(12, n): rows give lntalent by 2SLS, then the ten slopes and the constant of Table 1 (`x` (n, 10), lntalent first)."""
    slopes = calibrate.least_squares_rows(x, groups)
    instrumented = calibrate.instrument_rows(x, np.column_stack([bartik, x[:, 1:]]), groups)
    return np.vstack([instrumented[:1], slopes, calibrate.constant_row(x, slopes)])


def draw(means: np.ndarray, rng: np.random.Generator):
    """Counts (key, lead, sei, pur), planned indices (n, 4) and rounding noise (n, 4) of one draw of the errors.

    `means` (n, 3) are the indices without error (mean_indices).

    One uniform number serves all four roundings, so that pur, sei <= lead <= key row by row.
    """
    n = len(means)
    error, own, uniform = (
        calibrate.bounded_error(rng, n, SD_ERROR),
        calibrate.bounded_error(rng, n, SD_OWN),
        rng.random(n),
    )
    key, pur, lead = means[:, 0] + error, means[:, 1] + PUR_SHARE * error + own, means[:, 2] + error
    planned = np.column_stack([key, lead, lead - 0.015, pur])
    used = planned.copy()
    used[:, 1:] = np.minimum(used[:, 1:], key[:, None])
    counts = np.column_stack([calibrate.randomised_count(column, uniform) for column in used.T])
    noise = np.log1p(counts) - np.maximum(used, 0.0)
    counts[:, 1] = np.maximum(counts[:, 1], counts[:, 0] - counts[:, 3])
    both = counts[:, 3] - (
        counts[:, 0] - counts[:, 1]
    )  # blockade and sei: no blockade symbol is of a future list alone
    counts[:, 2] = np.clip(counts[:, 2], both, counts[:, 1])
    return counts, planned, noise


def calibrated(
    world: World, process: Process, *, rounds: int = 5, draws: int = 6
) -> tuple[np.ndarray, float]:
    """theta (12, 3) for key, pur, lead, and the scale of the policy effect, so that T1, T2 and T3 (5) are estimands."""
    rows = process.talent
    theta = np.tile(np.zeros((12, 1)), (1, 3))
    theta[1], theta[3:] = T2, np.array([T1[name] for name in FIRM_REGRESSORS])
    theta[0] = T1["const"]
    target = np.vstack([T2, *T1.values()])
    jacobian = process.talent_rows @ process.regressors[rows]
    slope = float(process.pilot_row @ process.policy[process.pilot])
    scale = T3_POLICY / slope
    for i in range(rounds):
        means = mean_indices(process, theta, scale)
        estimate = process.talent_rows @ means[rows]
        pilot = process.pilot_row @ means[process.pilot, 2]
        for j in range(draws):
            counts, planned, noise = draw(means, world.rng("listed", "calibration", str(i), str(j)))
            for k, column in enumerate((0, 3, 1)):
                y = np.log1p(counts[rows, column])
                distortion = (
                    np.clip(y, *listed_samples.winsor_bounds(y)) - planned[rows, column] - noise[rows, column]
                )
                estimate[:, k] += process.talent_rows @ distortion / draws
            at = process.pilot
            pilot += process.pilot_row @ (np.log1p(counts[at, 2]) - planned[at, 2] - noise[at, 2]) / draws
        theta = theta + np.linalg.solve(jacobian, target - estimate)
        scale += (T3_POLICY - pilot) / slope
    return np.round(theta, 8), round(float(scale), 8)


def mean_indices(process: Process, theta: np.ndarray, scale: float) -> np.ndarray:
    """(n, 3): indices without error of key, pur and lead."""
    common = process.level + scale * process.policy
    return process.regressors @ theta + common[:, None] * np.array([1.0, PUR_SHARE, 1.0])


def build(world: World, process: Process) -> Counts:
    """Calibrate, then draw the economy's own errors."""
    theta, scale = calibrated(world, process)
    counts, _, _ = draw(mean_indices(process, theta, scale), world.rng("listed", "shocks"))
    return Counts(*counts.T, theta=theta, policy_scale=scale)


def clipped_variables(variables: pd.DataFrame, sample: np.ndarray) -> pd.DataFrame:
    """FIRM_REGRESSORS of every record, continuous ones cut at the sample's 1st and 99th percentiles; missing growth is 0."""
    out = variables[list(FIRM_REGRESSORS)].copy()
    for name in CONTINUOUS:
        low, high = listed_samples.winsor_bounds(variables[name].to_numpy()[sample])
        out[name] = np.clip(variables[name].fillna(0.0), low, high)
    return out
