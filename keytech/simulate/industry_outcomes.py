"""The planted equation of robot_upstream: which firm-years file patents, and how many (methods 4.4)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import calibrate
from keytech.simulate.industry_effects import PRINTED, Effects
from keytech.simulate.world import World

PANEL_ROWS, POSITIVE_ROWS = 13_452, 4_016
SLOPES = {"lnlp": 0.03, "lnkfix": 0.05, "lnklratio": -0.02, "lnbdat": 0.05, "lngdp": 0.10,
          "second_rate": -0.002, "lnedc_cost": 0.03, "cic4_hhi": -0.3}  # fmt: skip
FLOOR, NOISE_CAP, LEADERS, CITY_YEAR = 0.06, 1.15, 0.01, 0.16


def positives(world: World, panel: pd.DataFrame) -> np.ndarray:
    """Boolean over the panel: the firm-years with patents, drawn without regard to how many there will be."""
    rng = world.rng("outcomes", "positives")
    habit = rng.normal(0, 1.6, int(panel["firm"].max()) + 1)[panel["firm"]]
    score = habit + 0.10 * (panel["year"] - 2007) - 4.0 * panel["robot"] + rng.gumbel(0, 0.40, len(panel))
    chosen = np.zeros(len(panel), bool)
    chosen[np.argsort(-score.to_numpy(), kind="stable")[:POSITIVE_ROWS]] = True
    return chosen


def counts(world: World, frame: pd.DataFrame) -> tuple[np.ndarray, dict]:
    """Patents (n,) of the rows of `frame` (positive firm-years of the panel) and what was planted.

    E ln K = index; index = firm level + controls + b robot + departures by group + l shock, where the shock also moves the
    city's imports, so that least squares and 2SLS have the printed coefficients as their expectation, given regressors and
    city-year shocks.
    """
    rng = world.rng("outcomes", "counts")
    fixed = _fixed_part(rng, frame)
    effects = Effects.build(frame)

    def level(theta: np.ndarray) -> np.ndarray:
        return np.maximum(fixed + effects.moving @ theta, FLOOR)

    theta = effects.solve(level)
    mean = level(theta)
    noise = _noise(rng, frame)
    index = mean + np.minimum(mean, NOISE_CAP) * (noise - 1)
    k = 1 + calibrate.randomised_count(index, rng.random(len(frame)))
    planted = {
        "structural": dict(zip(effects.names, map(float, theta), strict=True)),
        "floored_share": float((fixed + effects.moving @ theta < FLOOR).mean()),
        "estimand": [
            (p.table, p.column, float(v)) for p, v in zip(PRINTED, effects.estimands(mean), strict=True)
        ],
    }
    return k, planted


def _fixed_part(rng: np.random.Generator, frame: pd.DataFrame) -> np.ndarray:
    """Firm level, trend, controls and shocks of city-years."""
    firms = int(frame["firm"].max()) + 1
    leader = 2.4 * (rng.random(firms) < LEADERS)
    firm = (0.45 + 4.9 * rng.beta(0.95, 2.7, firms) + leader)[frame["firm"]]
    controls = sum(slope * (frame[c] - frame[c].mean()).fillna(0.0) for c, slope in SLOPES.items())
    cell = frame.groupby(["city_code", "year"]).ngroup().to_numpy()
    common = rng.uniform(-CITY_YEAR, CITY_YEAR, int(cell.max()) + 1)[cell]
    return (common + firm + 0.02 * (frame["year"] - 2008) + controls).to_numpy()


def _noise(rng: np.random.Generator, frame: pd.DataFrame) -> np.ndarray:
    """The firm-year's own positive factor with mean one."""
    return 2 * rng.beta(1.4, 1.4, len(frame))


def other_counts(world: World, rows: pd.DataFrame) -> np.ndarray:
    """Patents of firm-years outside the panel: few, and unrelated to robots."""
    rng = world.rng("outcomes", "others")
    active = rng.random(int(rows["firm"].max()) + 1)[rows["firm"]] < 0.2
    return np.where(active & (rng.random(len(rows)) < 0.45), 1 + rng.geometric(0.4, len(rows)), 0)
