"""`production_function`: Ackerberg-Caves-Frazer and Levinsohn-Petrin, Cobb-Douglas or translog, with markups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.production_inputs import Inputs, complete_panel, inputs_of
from keytech.econometrics.production_moments import Problem
from keytech.econometrics.production_results import elasticities, markup, productivity
from keytech.econometrics.result import Estimate, coefficient_table
from keytech.econometrics.specification import Specification
from keytech.econometrics.variance import group_sums


def run(specification: Specification, data: Any) -> Estimate:
    """All inputs and the output in logs; sources: Ackerberg, Caves and Frazer 2015; Levinsohn and Petrin 2003.

    Stage 1 is a polynomial of `degree` in all inputs, stage 2 solves E[xi z] = 0 with a polynomial law of motion.
    z holds state inputs at t, the proxy at t-1 where it is an input, free inputs at t-1 (`free_timing: current` treats
    them as predetermined), and their squares and products under translog. Several exact roots are usual (a free input near
    its revenue share of one is the spurious one): all are reported, and the root with the smallest innovation variance is
    taken, because a spurious root loads the noise of the free inputs on productivity.
    `controls` are further variables of the demand for the proxy (z of De Loecker and Warzynski 2012, p. 2446): they enter
    stage 1, and their lags are further instruments, for with materials as an input an elasticity of one solves the other
    moments too (Gandhi, Navarro and Rivers 2020). The moments are then weighted by the inverse of Z'Z, as in 2SLS, and
    the start with the smallest criterion is reported.
    `time_effects` enter stage 1 and the law of motion.
    Errors count both stages and are clustered by unit; z tests.
    """
    inputs = inputs_of(specification.settings)
    panel, counts = complete_panel(specification, data, inputs)
    problem = Problem.build(panel, inputs, specification.settings)
    roots = problem.roots(specification.settings.starts)
    best = roots.iloc[0]
    beta = best[problem.terms].to_numpy(dtype=float)
    vcov = problem.variance(beta)
    return _result(specification, panel, counts, problem, beta, vcov, roots)


def _result(specification, panel, counts, problem: Problem, beta, vcov, roots) -> Estimate:
    settings, inputs = specification.settings, inputs_of(specification.settings)
    table = coefficient_table(problem.terms, beta, vcov, None, settings.confidence_level)
    known = problem.fixed | dict(zip(problem.terms, (float(b) for b in beta), strict=True))
    if problem.fixed:
        table = pd.concat([_lp_rows(problem, panel, inputs, settings), table], ignore_index=True)
    slopes = elasticities(panel, inputs.production, known)
    notes = []
    exact = int(roots["exact"].sum())
    if exact > 1:
        notes.append(
            f"the moments have {exact} exact roots; the one with the smallest innovation variance is reported, see table roots"
        )
    statistics = {
        "n_obs": len(panel),
        "n_moments": len(problem.now),
        "n_units": int(panel["unit"].nunique()),
        "criterion": float(roots["criterion"].iloc[0]),
        "n_roots": exact,
        "converged": bool(roots["converged"].iloc[0]),
        "returns_to_scale": float(slopes.sum(axis=1).mean()),
        **{f"elasticity.{name}": float(slopes[name].mean()) for name in slopes},
    }
    tables = {"roots": roots, "productivity": productivity(panel, problem, beta, slopes)}
    if settings.markup:
        tables["markup"] = markup(panel, problem, slopes, inputs, settings)
        statistics["markup_median"] = float(tables["markup"]["markup"].median())
    sample = {**counts, "used": len(panel), "clusters": {settings.unit: statistics["n_units"]}}
    return Estimate(
        "production_function", specification.formula, table, statistics, sample, tuple(notes), tables=tables
    )


def _lp_rows(problem: Problem, panel, inputs: Inputs, settings) -> pd.DataFrame:
    """Stage-1 slopes of Levinsohn-Petrin with errors clustered by unit."""
    free = list(problem.fixed)
    both = np.column_stack([panel[free].to_numpy(), problem.first])
    residual = problem.y - problem.first @ problem.gamma
    bread = np.linalg.pinv(both.T @ both)
    sums = group_sums(both * residual[:, None], panel["unit"].to_numpy())
    vcov = (bread @ sums.T @ sums @ bread)[: len(free), : len(free)]
    return coefficient_table(
        free, np.array(list(problem.fixed.values())), vcov, None, settings.confidence_level
    )
