"""Guards against the faults of pyfixest 0.60.0, and independence of the hash seed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import keytech
from keytech.econometrics import EstimationError, estimate
from keytech.econometrics.pyfixest_bridge import FOR_DRAWS, demean

PACKAGE = Path(keytech.__file__).parent
PROGRAM = """
import json, sys
import numpy as np, pandas as pd
sys.path.insert(0, sys.argv[1])
from conftest import firm_panel
from keytech.econometrics import estimate
data = firm_panel(4000)
specs = [
    ("ols", "y ~ x1 + w | firm + industry^year + city", {"cluster": ["firm"]}, {}),
    ("ols", "y ~ x1 + w | firm + industry + year", {"cluster": ["firm", "city"]}, {}),
    ("iv", "y ~ w | firm + year + city | x1 + x2 ~ z1 + z2 + z3", {"cluster": ["firm"]}, {}),
    ("iv", "y ~ w | firm + year | x1 ~ z1 + z3", {"cluster": ["firm", "city"]}, {}),
    ("poisson", "count ~ w | firm + year", {"cluster": ["firm"]}, {}),
    ("probit", "binary ~ w | city + year", "hetero", {}),
    ("permutation", "y ~ w | firm + year", "iid", {"treatment": "w", "draws": 20}),
]
found = []
for estimator, formula, vcov, options in specs:
    result = estimate({"estimator": estimator, "formula": formula, "vcov": vcov, "options": options}, data)
    found += result.coefficients.select_dtypes("number").to_numpy().ravel().tolist()
    found += [value for value in result.statistics.values() if isinstance(value, (int, float))]
print(json.dumps(found))
"""


@pytest.mark.slow
def test_all_numbers_are_equal_under_eight_hash_seeds_and_any_number_of_threads():
    """Failure: pyfixest's fault 1 is back, errors change with PYTHONHASHSEED; or sums depend on the threads."""
    runs = []
    for seed in range(8):
        threads = {name: str(1 + seed % 3) for name in ("OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")}
        environment = {
            **os.environ,
            **threads,
            "PYTHONHASHSEED": str(seed),
            "PYTHONPATH": str(PACKAGE.parent),
        }
        command = [sys.executable, "-c", PROGRAM, str(Path(__file__).parent)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        runs.append(np.array(json.loads(done.stdout), dtype=float))
    for run in runs[1:]:
        assert np.array_equal(run, runs[0], equal_nan=True)


def test_only_one_module_talks_to_pyfixest():
    """Failure: the guards can be walked around."""
    users = [
        path.name
        for path in (PACKAGE / "econometrics").glob("*.py")
        if "import pyfixest" in path.read_text("utf-8") or "from pyfixest" in path.read_text("utf-8")
    ]
    assert users == ["pyfixest_bridge.py"]


def test_an_empty_sample_raises_instead_of_aborting_the_process():
    """Failure: pyfixest's fault 2, the process dies with SIGABRT."""
    with pytest.raises(EstimationError, match="no row is left"):
        demean(np.empty((0, 1)), np.empty((0, 2), dtype=np.uint32))


@pytest.mark.parametrize("tolerance", [1e-13, FOR_DRAWS])
def test_demeaning_is_the_residual_on_dummies(panel, tolerance):
    """Failure: partialling out is inexact, or nine digits for draws are not nine digits."""
    codes = np.column_stack([pd.factorize(panel[name])[0] for name in ("firm", "year", "city")]).astype(
        np.uint32
    )
    weights = panel.weight.to_numpy()
    dummies = pd.get_dummies(panel[["firm", "year", "city"]].astype(str)).to_numpy(float)
    y = panel.y.to_numpy()
    root = np.sqrt(weights)
    expected = y - dummies @ np.linalg.lstsq(dummies * root[:, None], y * root, rcond=None)[0]
    assert np.allclose(
        demean(y[:, None], codes, weights, tolerance)[:, 0], expected, atol=1e3 * tolerance + 1e-9
    )


def test_two_way_first_stages_use_both_clusters(panel):
    """Failure: pyfixest's fault 4, the first stage clusters on one variable only."""
    two = estimate(
        {"estimator": "iv", "formula": "y ~ w | firm | x1 ~ z1", "vcov": {"cluster": ["firm", "city"]}}, panel
    )
    direct = estimate(
        {"estimator": "ols", "formula": "x1 ~ z1 + w | firm", "vcov": {"cluster": ["firm", "city"]}}, panel
    )
    ratio = two.statistics["first_stage_f.x1"] / direct["z1"].statistic ** 2
    n, k = two.n_obs, 2
    assert ratio == pytest.approx((n - k - 1) / (n - k - 1), rel=2e-3)


def test_the_effective_f_partials_the_controls_out(panel):
    """Failure: pyfixest's fault 5; adding a constant to the instruments must not change it."""
    base = estimate(
        {"estimator": "iv", "formula": "y ~ w | x1 ~ z1 + z3", "vcov": "hetero"}, panel
    ).statistics["effective_f"]
    moved = panel.assign(z1=panel.z1 + 10 + 3 * panel.w, z3=panel.z3 - 5)
    again = estimate(
        {"estimator": "iv", "formula": "y ~ w | x1 ~ z1 + z3", "vcov": "hetero"}, moved
    ).statistics["effective_f"]
    assert again == pytest.approx(base, rel=1e-8)


def test_the_package_imports_fast():
    """Failure: importing keytech.econometrics loads pandas, scipy or an estimator library."""
    program = "import sys, keytech.econometrics; print(sorted({'pandas','scipy','pyfixest','statsmodels','linearmodels','duckdb'} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "[]"
