"""The planted equation of robot_upstream: which firm-years file patents, and how many (methods 4.4, Table 2)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import calibrate
from keytech.simulate.world import World

PANEL_ROWS, POSITIVE_ROWS = 13_452, 4_016
CONTROLS = ["lnlp", "lnkfix", "lnklratio", "lnbdat", "lngdp", "second_rate", "lnedc_cost", "cic4_hhi"]
SLOPES = {"lnlp": 0.03, "lnkfix": 0.05, "lnklratio": -0.02, "lnbdat": 0.05, "lngdp": 0.10,
          "second_rate": -0.002, "lnedc_cost": 0.03, "cic4_hhi": -0.3}  # fmt: skip
TARGETS = {"OLS": -1.640, "2SLS": -2.357}
# departures of the robot effect by group (Tables 3 and 5); the average is calibrated
DEPARTURES = {
    "state": 6.0,
    "foreign": 0.4,
    "private": -0.5,
    "constrained": -0.8,
    "large_gap": -5.0,
    "market_power": 12.0,
}
FLOOR, NOISE_CAP, LEADERS, CITY_YEAR = 0.06, 1.15, 0.01, 0.16
EFFECTS = ("firm", "year", "city_code", "cic4")


def positives(world: World, panel: pd.DataFrame) -> np.ndarray:
    """Boolean over the panel: the firm-years with patents, drawn without regard to how many there will be."""
    rng = world.rng("outcomes", "positives")
    habit = rng.normal(0, 1.6, int(panel["firm"].max()) + 1)[panel["firm"]]
    score = habit + 0.10 * (panel["year"] - 2007) - 4.0 * panel["robot"] + rng.gumbel(0, 0.40, len(panel))
    chosen = np.zeros(len(panel), bool)
    chosen[np.argsort(-score.to_numpy(), kind="stable")[:POSITIVE_ROWS]] = True
    return chosen


def samples(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Positions of the rows that OLS and 2SLS use: complete, and without singletons in any effect."""
    complete = frame[CONTROLS].notna().all(axis=1).to_numpy()
    have = {"OLS": complete, "2SLS": complete & frame["us_robot"].notna().to_numpy()}
    out = {}
    for name, rows in have.items():
        where = np.flatnonzero(rows)
        part = frame.iloc[where]
        out[name] = where[calibrate.without_singletons([part[e].to_numpy() for e in EFFECTS])]
    return out


def counts(world: World, frame: pd.DataFrame) -> tuple[np.ndarray, dict]:
    """Patents (n,) of the rows of `frame` (positive firm-years of the panel) and what was planted.

    E ln K = index; index = firm level + controls + b robot + l shock, where the shock also moves the city's imports, so
    that least squares and 2SLS have the two printed coefficients as their expectation, given regressors and city-year shocks.
    """
    rng = world.rng("outcomes", "counts")
    fixed = _fixed_part(rng, frame)
    moving = np.stack([frame["robot"] - frame["robot"].mean(), frame["shock"] / frame["shock"].std()], axis=1)
    rows, jacobian = _estimator_rows(frame, moving)

    def level(theta: np.ndarray) -> np.ndarray:
        return np.maximum(fixed + moving @ theta, FLOOR)

    def estimand(theta: np.ndarray, _: int) -> np.ndarray:
        return np.array([weights @ level(theta)[where] for where, weights in rows])

    theta = calibrate.solve(
        np.array([-2.3, 0.0]), jacobian, np.array(list(TARGETS.values())), estimand, rounds=8
    )
    mean = level(theta)
    noise = _noise(rng, frame)
    index = mean + np.minimum(mean, NOISE_CAP) * (noise - 1)
    k = 1 + calibrate.randomised_count(index, rng.random(len(frame)))
    planted = {
        "structural_robot": float(theta[0]),
        "structural_shock": float(theta[1]),
        "floored_share": float((fixed + moving @ theta < FLOOR).mean()),
        "estimand": dict(zip(TARGETS, map(float, estimand(theta, 0)), strict=True)),
    }
    return k, planted


def _fixed_part(rng: np.random.Generator, frame: pd.DataFrame) -> np.ndarray:
    """Firm level, trend, controls, shocks of city-years and the group departures of the robot effect."""
    firms = int(frame["firm"].max()) + 1
    leader = 2.4 * (rng.random(firms) < LEADERS)
    firm = (0.45 + 4.9 * rng.beta(0.95, 2.7, firms) + leader)[frame["firm"]]
    controls = sum(slope * (frame[c] - frame[c].mean()).fillna(0.0) for c, slope in SLOPES.items())
    robot = frame["robot"] - frame.groupby("city_code")["robot"].transform("mean")
    groups = {g: (frame["ownership"] == g).astype(float) for g in ("state", "foreign", "private")}
    groups |= {g: frame[g].astype(float) for g in ("constrained", "large_gap", "market_power")}
    departures = sum(DEPARTURES[g] * (member - member.mean()) for g, member in groups.items())
    cell = frame.groupby(["city_code", "year"]).ngroup().to_numpy()
    common = rng.uniform(-CITY_YEAR, CITY_YEAR, int(cell.max()) + 1)[cell]
    return (common + firm + 0.02 * (frame["year"] - 2008) + controls + departures * robot).to_numpy()


def _estimator_rows(frame: pd.DataFrame, moving: np.ndarray) -> tuple[list, np.ndarray]:
    """(rows, weights) of the robot coefficient by OLS and 2SLS, and their derivatives in (b, l)."""
    rows, jacobian = [], []
    for name, where in samples(frame).items():
        part = frame.iloc[where]
        controls = part[CONTROLS].to_numpy()
        x = np.column_stack([part["robot"], controls])
        z = x if name == "OLS" else np.column_stack([part["us_robot"], controls])
        effects = [part[e].to_numpy() for e in EFFECTS]
        weights = calibrate.instrument_rows(x, z, effects)[0]
        rows.append((where, weights))
        jacobian.append(weights @ moving[where])
    return rows, np.array(jacobian)


def _noise(rng: np.random.Generator, frame: pd.DataFrame) -> np.ndarray:
    """The firm-year's own positive factor with mean one."""
    return 2 * rng.beta(1.4, 1.4, len(frame))


def other_counts(world: World, rows: pd.DataFrame) -> np.ndarray:
    """Patents of firm-years outside the panel: few, and unrelated to robots."""
    rng = world.rng("outcomes", "others")
    active = rng.random(int(rows["firm"].max()) + 1)[rows["firm"]] < 0.2
    return np.where(active & (rng.random(len(rows)) < 0.45), 1 + rng.geometric(0.4, len(rows)), 0)
