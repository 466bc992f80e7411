"""What a production function implies: elasticities, productivity, markups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.production_inputs import Inputs
from keytech.econometrics.production_moments import Problem


def elasticities(panel: pd.DataFrame, production: list[str], beta: dict[str, float]) -> pd.DataFrame:
    """Output elasticity of each input per row: d f / d input."""
    found = {}
    for name in production:
        value = np.full(len(panel), beta.get(name, 0.0))
        for other in production:
            key = f"{name}:{other}" if f"{name}:{other}" in beta else f"{other}:{name}"
            if key in beta:
                value = value + beta[key] * panel[other].to_numpy() * (2.0 if other == name else 1.0)
        found[name] = value
    return pd.DataFrame(found)


def productivity(panel, problem: Problem, beta, slopes) -> pd.DataFrame:
    omega = problem.omega(beta, problem.gamma)
    named = {f"elasticity_{name}": slopes[name] for name in slopes}
    return pd.DataFrame({"row": panel["row"], "productivity": omega, **named})


def markup(panel, problem: Problem, slopes, inputs: Inputs, settings) -> pd.DataFrame:
    """De Loecker and Warzynski 2012: elasticity over the expenditure share corrected by the stage-1 residual.

    The share is `expenditure_share`, else exp(input - output) from logs in the same prices.
    """
    name = settings.markup_input or inputs.proxy
    if name not in slopes:
        raise EstimationError(
            f"markup_input {name!r} is not an input of the production function: {inputs.production}"
        )
    residual = problem.y - problem.first @ problem.gamma
    output = problem.y + sum(value * panel[free].to_numpy() for free, value in problem.fixed.items())
    share = (
        panel["__share__"].to_numpy()
        if settings.expenditure_share
        else np.exp(panel[name].to_numpy() - output)
    )
    corrected = share * np.exp(residual)
    value = slopes[name].to_numpy() / corrected
    return pd.DataFrame(
        {"row": panel["row"], "markup": value, "elasticity": slopes[name], "share": corrected}
    )
