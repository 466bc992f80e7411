"""Every stored case of R, gretl or Stata output is reproduced at its named tolerance."""

import json
import math
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from keytech.econometrics import estimate

HERE = Path(__file__).parent
CASES = [
    (path.stem, case)
    for path in sorted((HERE / "reference").glob("*.json"))
    for case in json.loads(path.read_text("utf-8"))
]


@cache
def read(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / "data" / name)


@pytest.mark.parametrize(
    ("family", "case"), CASES, ids=[f"{family}: {case['name']}" for family, case in CASES]
)
def test_a_stored_result_is_reproduced(family, case):
    """Failure: a number differs from the software named in `source` by more than the stated tolerance."""
    result = estimate(case["specification"], read(case["data"]))
    wrong = []
    for term, numbers in case["coefficients"].items():
        row = result[term]
        wrong += [
            (term, key, value, row[key]) for key, value in numbers.items() if not close(row[key], value, case)
        ]
    for name, value in case["statistics"].items():
        found = result.statistics.get(name, result.sample.get(name))
        if found is None or not close(found, value, case):
            wrong.append(("statistic", name, value, found))
    assert not wrong, f"{case['source']}: {wrong}"


def close(found: float, expected: float, case: dict) -> bool:
    """Relative; p-values below 1e-10 only have to be below 1e-10."""
    if not math.isfinite(expected) or (abs(expected) < 1e-10 and abs(found) < 1e-9):
        return True
    return math.isclose(found, expected, rel_tol=case["tolerance"], abs_tol=case.get("absolute", 1e-9))


STATISTICS = """n_obs r2 adj_r2 r2_within rmse log_lik log_lik_null pseudo_r2_mcfadden pseudo_r2_nagelkerke pseudo_r2_cox_snell
aic bic kp_rk_lm kp_rk_lm_p kp_rk_wald_f cragg_donald_f first_stage_f effective_f anderson_rubin_p anderson_rubin_ci_low
anderson_rubin_ci_high hansen_j hansen_j_p endogeneity_p n_clusters parallel_lines_chi2 parallel_lines_p brant_chi2 alpha"""


@pytest.mark.parametrize("name", STATISTICS.split())
def test_every_promised_statistic_is_held_by_a_stored_result(name):
    """Failure: a statistic that results promise is compared with no other software."""
    held = {statistic.split(".")[0] for _, case in CASES for statistic in case["statistics"]}
    assert name in held
