"""The printed robot coefficients on ln patents as estimands of the economy: Table 2, columns 4-5 of 3, and Table 5.

The effect of a firm-year is one slope for everybody and departures by group. Nine slopes meet eleven printed numbers:
Table 2 exactly, the columns on subsamples as near as they can hold beside it (least squares in printed standard errors).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.simulate import calibrate

CONTROLS = ["lnlp", "lnkfix", "lnklratio", "lnbdat", "lngdp", "second_rate", "lnedc_cost", "cic4_hhi"]
EFFECTS = ("firm", "year", "city_code", "cic4")
DEPARTING = ["state", "foreign", "high_sa", "small_gap", "large_gap", "top_markup", "other_markup"]


@dataclass(frozen=True)
class Printed:
    """A column of the paper whose robot coefficient is planted: its sample (None: all), coefficient and error."""

    table: str
    column: str
    group: str | None
    coefficient: float
    std_error: float
    instrumented: bool = True


PRINTED = [
    Printed("2", "1", None, -1.640, 0.760, instrumented=False),
    Printed("2", "3", None, -2.357, 0.890),
    Printed("3", "4", "small_gap", -1.892, 2.065),
    Printed("3", "5", "large_gap", -2.571, 1.354),
    Printed("5", "1", "top_markup", 5.723, 2.828),
    Printed("5", "2", "other_markup", -6.515, 2.4043),
    Printed("5", "3", "low_sa", -1.951, 2.054),
    Printed("5", "4", "high_sa", -3.251, 1.123),
    Printed("5", "5", "state", 10.83, 15.62),
    Printed("5", "6", "foreign", -2.348, 1.73),
    Printed("5", "7", "private", -3.554, 0.997),
]
# Table 2 binds, the rest follows: its errors count as this small
BINDING = 1e-4


def groups(frame: pd.DataFrame) -> pd.DataFrame:
    """Boolean columns of the groups of Tables 3 and 5; quantiles over `frame` (methods 0.2), markups where inputs are known."""
    gap, sa = frame["gap"], frame["sa"]
    inputs = frame[["output", "employees", "fixed_assets", "intermediate_input"]]
    markup = frame["markup"].where(inputs.notna().all(axis=1))
    owners = {owner: frame["ownership"] == owner for owner in ("state", "foreign", "private")}
    return pd.DataFrame(
        owners
        | {
            "high_sa": sa >= sa.median(),
            "low_sa": sa < sa.median(),
            "small_gap": gap <= gap.quantile(0.25),
            "large_gap": gap >= gap.quantile(0.50),
            "top_markup": markup >= markup.quantile(0.75),
            "other_markup": markup < markup.quantile(0.75),
        }
    )


def sample(frame: pd.DataFrame, members: pd.DataFrame, printed: Printed) -> np.ndarray:
    """Positions of the rows a column uses: of its group, complete, without singletons in any effect."""
    rows = frame[CONTROLS].notna().all(axis=1).to_numpy()
    if printed.group:
        rows = rows & members[printed.group].to_numpy()
    if printed.instrumented:
        rows = rows & frame["us_robot"].notna().to_numpy()
    where = np.flatnonzero(rows)
    part = frame.iloc[where]
    return where[calibrate.without_singletons([part[e].to_numpy() for e in EFFECTS])]


@dataclass(frozen=True)
class Effects:
    """What moves the outcome, by name: the columns of `moving` (n, k); `weights` (rows, weights) of each printed column."""

    names: list[str]
    moving: np.ndarray
    weights: list[tuple[np.ndarray, np.ndarray]]

    @staticmethod
    def build(frame: pd.DataFrame) -> Effects:
        """`frame`: positive firm-years with robot, us_robot, shock, controls and what `groups` needs."""
        members = groups(frame)
        centred = frame["robot"] - frame["robot"].mean()
        within = frame["robot"] - frame.groupby("city_code")["robot"].transform("mean")
        share = members[DEPARTING].astype(float)
        departures = (share - share.mean()).mul(within, axis=0)
        moving = np.column_stack([centred, frame["shock"] / frame["shock"].std(), departures])
        rows = [(where := sample(frame, members, p), _weights(frame.iloc[where], p)) for p in PRINTED]
        return Effects(["robot", "shock", *DEPARTING], moving, rows)

    def solve(self, level: Callable[[np.ndarray], np.ndarray], rounds: int = 25) -> np.ndarray:
        """Slopes (k,) that bring the estimands of `level`, the mean outcome (n,) at given slopes, to the printed values."""
        target = np.array([p.coefficient for p in PRINTED])
        error = np.array([p.std_error * (1 if p.group else BINDING) for p in PRINTED])
        jacobian = np.array([weights @ self.moving[where] for where, weights in self.weights])
        theta = np.zeros(self.moving.shape[1])
        for _ in range(rounds):
            gap = (target - self.estimands(level(theta))) / error
            theta += np.linalg.lstsq(jacobian / error[:, None], gap, rcond=None)[0]
        return theta

    def estimands(self, outcome: np.ndarray) -> np.ndarray:
        """The robot coefficient (p,) of each printed column on `outcome` (n,)."""
        return np.array([weights @ outcome[where] for where, weights in self.weights])


def _weights(part: pd.DataFrame, printed: Printed) -> np.ndarray:
    """(n,) with weights @ y = the robot coefficient on these rows."""
    x = part[["robot", *CONTROLS]].to_numpy()
    z = part[["us_robot", *CONTROLS]].to_numpy() if printed.instrumented else x
    return calibrate.instrument_rows(x, z, [part[e].to_numpy() for e in EFFECTS])[0]
