"""net_robot: what a city imports in robots beyond its controls and the year (idea of Khandelwal 2010; methods 4.8, R2b)."""

import numpy as np

from keytech.econometrics.linear_algebra import least_squares

CONTROLS = ["lngdp", "second_rate", "lnedc_cost", "mean_hhi"]


def model(dbt, session):
    dbt.config(materialized="table")
    cells = dbt.ref("int_city_robots__controlled").df().sort_values(["city_code", "year"], ignore_index=True)
    if cells.empty:
        return cells[["city_code", "year"]].assign(net_robot=np.array([], dtype=float))
    columns = ["lnrobot_usd", *CONTROLS]
    within = cells[columns] - cells.groupby("year")[columns].transform("mean")
    y, x = within["lnrobot_usd"].to_numpy(), within[CONTROLS].to_numpy()
    varies = (np.abs(x) > 1e-12).any(axis=0)
    fitted = x[:, varies] @ least_squares(x[:, varies], y) if varies.any() else 0.0
    return cells[["city_code", "year"]].assign(net_robot=np.round(y - fitted, 12))
