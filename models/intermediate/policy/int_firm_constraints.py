"""FC index of financing constraints (methods 5.12, after Gu, Guo and Wang 2020): fitted probability of a yearly logit."""

import pandas as pd
from scipy.special import expit

from keytech.econometrics import EstimationError, Specification, estimate

SORTED_BY = ["size", "age", "payout"]
TERMS = ["size", "lev", "dividends", "mb", "nwc", "ebit"]


def index_of_year(firms: pd.DataFrame) -> pd.Series:
    """Probability of being constrained of one year's firms; missing where the logit has no solution.

    Size, age and payout ratio are standardised and averaged: the lowest third is constrained (1), the highest is not
    (0), the middle takes no part in the logit and gets its fitted probability.
    """
    spread = firms[SORTED_BY].std(ddof=1)
    level = ((firms[SORTED_BY] - firms[SORTED_BY].mean()) / spread).mean(axis=1)
    firms = firms.assign(constrained=(level < level.quantile(0.33)).astype(float))
    firms.loc[level.between(level.quantile(0.33), level.quantile(0.66)), "constrained"] = float("nan")
    logit = Specification(estimator="logit", formula=f"constrained ~ {' + '.join(TERMS)}")
    try:
        slopes = estimate(logit, firms).coefficients.set_index("term")["estimate"]
    except EstimationError:
        return pd.Series(float("nan"), index=firms.index)
    used = [term for term in TERMS if term in slopes]
    score = firms[used] @ slopes[used] + slopes["(Intercept)"]
    return pd.Series(expit(score.to_numpy(dtype=float)), index=firms.index)


def model(dbt, session):
    dbt.config(materialized="table")
    firms = dbt.ref("int_firm_constraints__accounts").df().sort_values(["stkcd", "year"], ignore_index=True)
    fc = pd.Series(float("nan"), index=firms.index)
    for _, year in firms.groupby("year"):
        fc.loc[year.index] = index_of_year(year)
    return firms[["stkcd", "year"]].assign(fc=fc.round(10))
