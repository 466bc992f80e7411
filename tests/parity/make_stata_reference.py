"""Write tests/parity/{data,reference}: genuine Stata output that statsmodels and linearmodels ship with their tests.

Run once from the root of the project; the tests read only what this script stored.
Stata commands are quoted in `source`. Data: Griliches (1976), Grunfeld (1958), McCullagh-Nelder ships, Spector and
Mazzeo (1980): public and small.
"""

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

HERE = Path(__file__).parent
PACKAGE = Path(sm.__file__).parent


def case(name, data, spec, bunch, rename, statistics, source, tolerance=1e-6, skip=()):
    """One case from a statsmodels result bunch: params_table rows are b, se, t, p, low, high."""
    names = list(bunch.params_table_rownames)
    coefficients = {}
    for term, row in zip(names, np.asarray(bunch.params_table), strict=True):
        term = rename.get(term, term)
        if term in skip or term in coefficients:  # the second _cons of nbreg is ln(alpha)
            continue
        coefficients[term] = dict(
            zip(
                ["estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high"],
                map(float, row[:6]),
                strict=True,
            )
        )
    return {
        "name": name,
        "data": data,
        "specification": spec,
        "coefficients": coefficients,
        "statistics": {key: float(value) for key, value in statistics.items()},
        "source": source,
        "tolerance": tolerance,
    }


def griliches():
    path = PACKAGE / "sandbox/regression/tests/griliches76.dta"
    frame = pd.read_stata(path)
    dummies = {f"dyear_{year}": (frame["year"] == year).astype(int) for year in (67, 68, 69, 70, 71, 73)}
    columns = ["lw", "s", "iq", "expr", "tenure", "rns", "smsa", "med", "kww", "age", "mrt", "year"]
    frame[columns].assign(**dummies).astype(float).to_csv(HERE / "data/griliches.csv", index=False)
    module = import_module("statsmodels.sandbox.regression.tests.results_ivreg2_griliches")
    exogenous = "expr + tenure + rns + smsa + " + " + ".join(dummies)
    formula = f"lw ~ {exogenous} | s + iq ~ med + kww + age + mrt"
    kinds = {
        "results": ("iid", "none", ""),
        "results_robust": ("hetero", "none", ", robust"),
        "results_small": ("iid", "stata", ", small"),
        "results_small_robust": ("hetero", "stata", ", small robust"),
    }
    for key, (vcov, convention, options) in kinds.items():
        bunch = getattr(module, key)
        statistics = {
            "n_obs": bunch.N,
            "r2": bunch.r2,
            "rmse": bunch.rmse,
            "rss": bunch.rss,
            "kp_rk_lm": bunch.idstat,
            "kp_rk_lm_p": bunch.idp,
            "kp_rk_wald_f": bunch.widstat,
            "cragg_donald_f": bunch.cdf,
            "hansen_j": bunch.j,
            "hansen_j_p": bunch.jp,
        }
        spec = {"estimator": "iv", "formula": formula, "vcov": vcov, "options": {"small_sample": convention}}
        source = (
            f"Stata ivreg2 02.2.08: ivreg2 lw expr tenure rns smsa dyear* (s iq = med kww age mrt){options}"
        )
        yield case(
            f"griliches {vcov} {convention}",
            "griliches.csv",
            spec,
            bunch,
            {"_cons": "(Intercept)"},
            statistics,
            source,
        )


def grunfeld():
    frame = sm.datasets.grunfeld.load_pandas().data.iloc[:200]
    frame = frame.rename(columns={"value": "mvalue", "capital": "kstock", "firm": "company", "year": "time"})
    frame = frame.assign(w=1 / frame["mvalue"])
    frame.to_csv(HERE / "data/grunfeld.csv", index=False)
    module = import_module("statsmodels.regression.tests.results.results_grunfeld_ols_robust_cluster")
    kinds = {
        "results_cluster": ({"cluster": ["company"]}, None, "stata"),
        "results_cluster_large": ({"cluster": ["company"]}, None, "none"),
        "results_cluster_2groups_small": ({"cluster": ["company", "time"]}, None, "stata"),
        "results_hc1_wls_small": ("hetero", "w", "stata"),
        "results_cluster_wls_small": ({"cluster": ["company"]}, "w", "stata"),
        "results_cluster_wls_large": ({"cluster": ["company"]}, "w", "none"),
    }
    for key, (vcov, weights, convention) in kinds.items():
        bunch = getattr(module, key)
        spec = {
            "estimator": "ols",
            "formula": "invest ~ mvalue + kstock",
            "vcov": vcov,
            "options": {"small_sample": convention},
        }
        if weights:
            spec["weights"] = weights
        statistics = {"n_obs": bunch.N, "r2": bunch.r2}
        if convention == "stata":
            statistics["rmse"] = bunch.rmse
        source = f"Stata: {bunch.cmdline}"
        yield case(
            f"grunfeld {key}", "grunfeld.csv", spec, bunch, {"_cons": "(Intercept)"}, statistics, source
        )


def ships():
    frame = pd.read_csv(PACKAGE / "discrete/tests/results/ships.csv").dropna()
    frame.to_csv(HERE / "data/ships.csv", index=False)
    module = import_module("statsmodels.discrete.tests.results.results_count_robust_cluster")
    kinds = {
        "results_poisson_clu": ("poisson", {"cluster": ["ship"]}),
        "results_poisson_hc1": ("poisson", "hetero"),
        "results_negbin_clu": ("negbin", {"cluster": ["ship"]}),
        "results_negbin_hc1": ("negbin", "hetero"),
    }
    for key, (estimator, vcov) in kinds.items():
        bunch = getattr(module, key)
        spec = {"estimator": estimator, "formula": "accident ~ yr_con + op_75_79", "vcov": vcov}
        statistics = {"n_obs": bunch.N, "log_lik": bunch.ll}
        if estimator == "negbin":
            table = np.asarray(bunch.params_table)
            at = len(table) - 1 - list(bunch.params_table_rownames)[::-1].index("_cons")
            statistics |= {"lnalpha": table[at][0], "lnalpha_se": table[at][1], "alpha": np.exp(table[at][0])}
        skip = ("lnalpha", "alpha")
        rename = {"_cons": "(Intercept)"}
        yield case(
            f"ships {key}",
            "ships.csv",
            spec,
            bunch,
            rename,
            statistics,
            f"Stata: {bunch.cmdline}",
            1e-4,
            skip,
        )


def spector():
    frame = sm.datasets.spector.load_pandas().data
    frame.columns = [name.lower() for name in frame.columns]
    frame.to_csv(HERE / "data/spector.csv", index=False)
    module = import_module("statsmodels.discrete.tests.results.results_discrete")
    for estimator, result in (("logit", module.Spector.logit), ("probit", module.Spector.probit)):
        terms = ["gpa", "tuce", "psi", "(Intercept)"]
        coefficients = {
            term: {"estimate": float(b), "std_error": float(se)}
            for term, b, se in zip(terms, result.params, result.bse, strict=True)
        }
        yield {
            "name": f"spector {estimator}",
            "data": "spector.csv",
            "specification": {"estimator": estimator, "formula": "grade ~ gpa + tuce + psi"},
            "coefficients": coefficients,
            "statistics": {
                "log_lik": result.llf,
                "log_lik_null": result.llnull,
                "pseudo_r2_mcfadden": result.prsquared,
            },
            "source": f"Stata 11: {estimator} grade gpa tuce psi",
            "tolerance": 1e-4,
        }


if __name__ == "__main__":
    for family in (griliches, grunfeld, ships, spector):
        cases = list(family())
        text = json.dumps(cases, indent=1)
        (HERE / f"reference/stata_{family.__name__}.json").write_text(text, encoding="utf-8")
        print(family.__name__, len(cases))
