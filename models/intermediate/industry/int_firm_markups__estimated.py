"""Markups of De Loecker and Warzynski (2012) from translog production functions by two-digit industry (methods 4.7)."""

import numpy as np
import pandas as pd

from keytech.econometrics import EstimationError, estimate

# under about 120 firms the elasticities of simulated firms lean towards one by more than 3 percent
MIN_ROWS = 1000
OPTIONS = {
    "unit": "firm_id", "time": "year", "output": "lny", "free": ["l", "m"], "state": "k", "proxy": "m",
    "form": "translog", "free_timing": "current", "time_effects": True, "markup": True, "expenditure_share": "material_share",
    "controls": ["is_exporter", "export_share", "is_foreign"], "starts": 3,
}  # fmt: skip
TERMS = ["l", "m", "k", "l:l", "l:m", "l:k", "m:m", "m:k", "k:k"]
NUMBERS = ["markup", "elasticity_l", "elasticity_k", "elasticity_m", "criterion", "n_moments"]
NUMBERS += [f"{kind}_{term.replace(':', '')}" for kind in ("b", "se") for term in TERMS]


def industry(rows):
    """`rows` of one industry with markup, elasticities at the firm's inputs, and the industry's coefficients and errors."""
    centred = {name: rows[f"ln{name}"] - rows[f"ln{name}"].mean() for name in "lkm"}
    empty = rows.assign(**dict.fromkeys(NUMBERS, np.nan), converged=False)
    if len(rows) < MIN_ROWS:
        return empty.assign(status="too_small")
    try:
        found = estimate({"estimator": "production_function", "options": OPTIONS}, rows.assign(**centred))
    except EstimationError as error:
        return empty.assign(status=f"not_estimated: {error}")
    firm = (
        found.tables["productivity"]
        .merge(found.tables["markup"][["row", "markup"]], on="row")
        .set_index("row")
    )
    table = found.coefficients.set_index("term")
    whole = {f"b_{t.replace(':', '')}": table["estimate"].get(t) for t in TERMS}
    whole |= {f"se_{t.replace(':', '')}": table["std_error"].get(t) for t in TERMS}
    whole |= {name: found.statistics[name] for name in ("criterion", "n_moments", "converged")}
    return empty.assign(
        **whole, **firm[["markup", "elasticity_l", "elasticity_k", "elasticity_m"]], status="estimated"
    )


def model(dbt, session):
    dbt.config(materialized="table")
    rows = (
        dbt.ref("int_production_inputs__prepared")
        .df()
        .sort_values(["cic2", "firm_id", "year"], ignore_index=True)
    )
    parts = [industry(part.reset_index(drop=True)) for _, part in rows.groupby("cic2")]
    result = (
        pd.concat(parts)
        if parts
        else rows.assign(**dict.fromkeys(NUMBERS, np.nan), converged=False, status="too_small")
    )
    numbers = {name: result[name].astype(float).round(12) for name in NUMBERS}
    kept = result[["firm_id", "year", "cic2", "status", "converged", "material_share"]]
    return kept.assign(**numbers).astype({"status": "string", "converged": bool})
