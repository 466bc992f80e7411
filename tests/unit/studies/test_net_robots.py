"""net_robot, the residual of city robot imports (methods 4.8, R2b), on a grid of cities and years."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

MODEL = Path(__file__).parents[3] / "models" / "intermediate" / "trade" / "int_city_robots__residual.py"


def residuals(cells: pd.DataFrame) -> pd.Series:
    """net_robot by city and year, as the dbt model computes it."""
    spec = importlib.util.spec_from_file_location("residual", MODEL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    dbt = SimpleNamespace(config=lambda **_: None, ref=lambda _: SimpleNamespace(df=lambda: cells))
    return module.model(dbt, None).set_index(["city_code", "year"])["net_robot"]


@pytest.fixture
def cells() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    grid = pd.MultiIndex.from_product(
        [["a", "b", "c", "d", "e"], range(2000, 2008)], names=["city_code", "year"]
    )
    frame = pd.DataFrame(index=grid).reset_index()
    for name in ("lngdp", "second_rate", "lnedc_cost", "mean_hhi"):
        frame[name] = rng.normal(size=len(frame))
    size = frame["city_code"].map(dict(zip("abcde", [0.0, 1.0, 2.0, 3.0, 4.0], strict=True)))
    frame["lnrobot_usd"] = size + 0.1 * (frame["year"] - 2000) + 0.5 * frame["lngdp"]
    return frame


def test_use_net_of_years_and_controls_keeps_what_is_the_city_s_own(cells):
    """A failure means that the residual is taken of something else: years and controls out, cities in."""
    net = residuals(cells.assign(with_city_effects=False))
    assert np.allclose(net.groupby("year").mean(), 0, atol=1e-9)
    assert net.groupby("city_code").mean()["e"] > 1


def test_use_net_of_cities_leaves_nothing_where_cities_explain_all(cells):
    """A failure means that the city effects of the other reading are not taken out."""
    net = residuals(cells.assign(with_city_effects=True))
    assert np.allclose(net, 0, atol=1e-9)
