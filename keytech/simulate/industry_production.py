"""How surveyed firms produce: translog by division, materials chosen last, markups that follow what the survey shows.

Real output is exp(f(l, k, m) + omega + eps) with constant returns and m the static optimum of a firm whose markup is mu:
m = y* + ln theta(l, k, m) - ln mu, y* = f + omega. Productivity omega is first-order Markov, eps is error in the books.
The markup depends on export status, foreign owners, the share exported and size, so that what a first stage must hold
constant is observed (De Loecker and Warzynski 2012, p. 2446), and it is no Markov process of order one itself, which
tells the elasticities apart from the spurious root theta = 1 (Gandhi, Navarro and Rivers 2020).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

CENTRE = {"l": 5.25, "k": 9.20, "m": 10.90}
OUTPUT = 11.295
# second order terms: f is homogeneous of degree one, theta depends on relative inputs only
CURVATURE = 0.01
PERSISTENCE, SPREAD, TREND, ERROR = 0.85, 0.165, 0.018, 0.08
MARKUP = {"level": 0.10, "exporter": 0.16, "foreign": -0.15, "export_share": 0.60, "size": 0.03}


def technology(division: pd.Series) -> pd.DataFrame:
    """Elasticities of labour, capital and materials at the centre, by two-digit division (text)."""
    code = division.astype(int).to_numpy()
    materials, capital = 0.69 + 0.02 * (code % 4), 0.09 + 0.01 * (code % 3)
    return pd.DataFrame({"l": 1 - materials - capital, "k": capital, "m": materials}, index=division.index)


def productivity(firm: np.ndarray, year: np.ndarray, start: np.ndarray, shock: np.ndarray) -> np.ndarray:
    """omega (n,) of rows sorted by firm and year: stationary AR(1) per firm, drifting with the year.

    `start` (one per firm number) and `shock` (one per row) are standard normal.
    """
    position = pd.Series(firm).groupby(firm).cumcount().to_numpy()
    omega = SPREAD * start[firm]
    innovation = SPREAD * np.sqrt(1 - PERSISTENCE**2) * shock
    for place in range(1, int(position.max()) + 1):
        now = np.flatnonzero(position == place)
        omega[now] = PERSISTENCE * omega[now - 1] + innovation[now]
    return omega + TREND * (year - 2007)


def log_markup(lnlabour: np.ndarray, exporter, foreign, export_share) -> np.ndarray:
    """ln mu (n,)."""
    weights = MARKUP
    return (
        weights["level"] + weights["exporter"] * exporter + weights["foreign"] * foreign
        + weights["export_share"] * export_share + weights["size"] * (lnlabour - CENTRE["l"])
    )  # fmt: skip


def produce(base: pd.DataFrame, lnlabour, lncapital, omega, ln_markup) -> pd.DataFrame:
    """Logs of planned real output and materials and the elasticity of materials of the optimum; `base` from technology.

    Raises ValueError where the first-order condition has no solution with an elasticity between 0 and 1.
    """
    labour, k = lnlabour - CENTRE["l"], lncapital - CENTRE["k"]
    m = np.zeros(len(labour))
    for _ in range(60):
        theta = base["m"] + CURVATURE * (2 * m - labour - k)
        f = (
            base["l"] * labour + base["k"] * k + base["m"] * m
            + CURVATURE * (m**2 - labour * m - k * m + (labour**2 + k**2) / 2)
        )  # fmt: skip
        excess = m + CENTRE["m"] - (OUTPUT + f + omega + np.log(theta) - ln_markup)
        step = excess / (1 - theta - 2 * CURVATURE / theta)
        m = m - step
        if np.abs(step).max() < 1e-12:
            break
    if not theta.between(0.05, 0.99).all():
        raise ValueError(f"elasticities of materials between {theta.min():.3f} and {theta.max():.3f}")
    return pd.DataFrame(
        {"output": OUTPUT + f + omega, "material": m + CENTRE["m"], "elasticity": theta}, index=base.index
    )
