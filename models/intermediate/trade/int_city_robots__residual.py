"""net_robot: what a city imports in robots beyond its controls and the year (idea of Khandelwal 2010; methods 4.8, R2b)."""

import numpy as np
import pandas as pd

from keytech.econometrics.linear_algebra import least_squares
from keytech.econometrics.pyfixest_bridge import demean

CONTROLS = ["lngdp", "second_rate", "lnedc_cost", "mean_hhi"]


def model(dbt, session):
    dbt.config(materialized="table")
    cells = dbt.ref("int_city_robots__controlled").df().sort_values(["city_code", "year"], ignore_index=True)
    if cells.empty:
        return cells[["city_code", "year"]].assign(net_robot=np.array([], dtype=float))
    effects = ["year", "city_code"] if cells["with_city_effects"].all() else ["year"]
    codes = np.column_stack([pd.factorize(cells[name])[0] for name in effects])
    within = demean(cells[["lnrobot_usd", *CONTROLS]].to_numpy(dtype=float), codes, None)
    y, x = within[:, 0], within[:, 1:]
    varies = (np.abs(x) > 1e-12).any(axis=0)
    fitted = x[:, varies] @ least_squares(x[:, varies], y) if varies.any() else 0.0
    return cells[["city_code", "year"]].assign(net_robot=np.round(y - fitted, 12))
