"""One small firm panel, drawn from a seed, that the estimator tests share."""

import numpy as np
import pandas as pd
import pytest


def firm_panel(n: int = 1500, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "firm": rng.integers(0, 150, n),
            "year": rng.integers(2000, 2010, n),
            "industry": rng.integers(0, 12, n),
            "city": [f"城市{code}" for code in rng.integers(0, 25, n)],
            "weight": rng.uniform(0.5, 2, n),
            "z1": rng.normal(size=n),
            "z2": rng.normal(size=n),
            "z3": rng.normal(size=n),
            "w": rng.normal(size=n),
        }
    )
    u = rng.normal(size=n)
    frame["x1"] = frame.z1 + 0.3 * frame.z3 + u + rng.normal(size=n)
    frame["x2"] = frame.z2 - 0.4 * frame.z1 + 0.5 * u + rng.normal(size=n)
    frame["y"] = frame.x1 + 0.5 * frame.x2 + frame.w + u + frame.firm / 50 + rng.normal(size=n)
    frame["binary"] = (frame.x1 + frame.w + rng.logistic(size=n) > 0).astype(int)
    frame["ordered"] = 1 + (frame.x1 + rng.logistic(size=n) > -1) + (frame.x1 + rng.logistic(size=n) > 1)
    frame["count"] = rng.poisson(np.exp(0.3 * frame.w + 0.1 * frame.x1))
    return frame


@pytest.fixture(scope="session")
def panel() -> pd.DataFrame:
    return firm_panel()
