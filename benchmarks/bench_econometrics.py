"""Speed and memory against pyfixest, linearmodels and statsmodels: three absorbed effects, clustered by firm.

    python benchmarks/bench_econometrics.py [25000 500000 4000000] > docs/methodology/benchmark.md

Each engine runs in a process of its own; CPU seconds are of the fit alone (imports done, a small fit before), memory is
the peak of the process. An engine that would need more memory than the machine has free is left out with the reason.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass

LIMIT_SECONDS = 1800
OURS = "from keytech.econometrics import estimate as e\n"
CLUSTER = "'vcov': {'cluster': ['firm']}"


@dataclass(frozen=True)
class Engine:
    """A fit to time: `setup` defines fit(d) -> number; `sizes` are the smallest and largest number of rows."""

    name: str
    setup: str
    sizes: tuple[int, int] = (0, 10**9)
    bytes_per_row: int = 700


ENGINES = [
    Engine("keytech ols", OURS + f"fit = lambda d: e({{'estimator': 'ols', 'formula': F, {CLUSTER}}}, d)['x1'].std_error"),
    Engine("pyfixest feols (LSMR)", "import pyfixest as pf\nfit = lambda d: pf.feols(F, d, vcov={'CRV1': 'firm'}, demeaner=pf.LsmrDemeaner()).se()['x1']"),
    Engine("linearmodels AbsorbingLS", "import pandas as pd\nfrom linearmodels.iv import AbsorbingLS\nfit = lambda d: AbsorbingLS(d.y, d[['x1', 'x2', 'x3']], absorb=d[['firm', 'iy', 'py']].astype('category')).fit(cov_type='clustered', clusters=d.firm).std_errors['x1']"),
    Engine("statsmodels OLS, dummies", "import statsmodels.formula.api as smf\nfit = lambda d: smf.ols('y ~ x1 + x2 + x3 + C(firm) + C(iy) + C(py)', d).fit(cov_type='cluster', cov_kwds={'groups': d.firm}).bse['x1']", bytes_per_row=0),
    Engine("keytech iv", OURS + f"fit = lambda d: e({{'estimator': 'iv', 'formula': 'y ~ x2 | firm + iy + py | x1 ~ x3 + z', {CLUSTER}}}, d)['x1'].std_error", (0, 500_000)),
    Engine("keytech poisson", OURS + f"fit = lambda d: e({{'estimator': 'poisson', 'formula': 'c ~ x1 + x2 | firm + iy + py', {CLUSTER}}}, d)['x1'].std_error", (0, 500_000)),
    Engine("pyfixest fepois", "import pyfixest as pf\nfit = lambda d: pf.fepois('c ~ x1 + x2 | firm + iy + py', d, vcov={'CRV1': 'firm'}).se()['x1']", (0, 500_000)),
    Engine("keytech permutation, 1000 draws", OURS + "fit = lambda d: e({'estimator': 'permutation', 'formula': F, 'options': {'treatment': 'x1', 'draws': 1000}}, d)['x1'].p_value", (0, 25_000)),
    Engine("keytech group_difference, 1000 draws", OURS + "fit = lambda d: e({'estimator': 'group_difference', 'formula': F, 'options': {'group': 'g', 'treatment': 'x1', 'draws': 1000}}, d)['difference'].p_value", (0, 25_000)),
]  # fmt: skip
TEMPLATE = """
import time, resource, warnings
import numpy as np, pandas as pd
warnings.simplefilter('ignore')
F = 'y ~ x1 + x2 + x3 | firm + iy + py'
{setup}
def data(n):
    rng = np.random.default_rng(1)
    firms = max(n // 8, 10)
    d = pd.DataFrame({{'firm': rng.integers(0, firms, n), 'year': rng.integers(0, 10, n)}})
    d['iy'], d['py'] = (d.firm % 60) * 10 + d.year, (d.firm % 31) * 10 + d.year
    for x in ('x1', 'x2', 'x3', 'z'):
        d[x] = rng.normal(size=n)
    d['x1'] += 0.5 * d.x3 + 0.5 * d.z
    d['y'] = d.x1 + d.firm / firms + rng.normal(size=n)
    d['c'] = rng.poisson(np.exp(0.2 * d.x1 + 0.5))
    d['g'] = d.firm % 2
    return d
fit(data(2000))
d = data({n})
wall, cpu = time.perf_counter(), time.process_time()
value = fit(d)
print(time.process_time() - cpu, time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, value)
"""
HEADER = """# Benchmark of the estimators

Written by `benchmarks/bench_econometrics.py` (`make bench-econometrics`). Firm, industry x year and province x year
effects, clustered by firm. One run each; load of the machine at the start {load:.1f} on {cores} cores, so read CPU seconds first.

| rows | engine | CPU s | wall s | peak GB | result |
|---:|---|---:|---:|---:|---:|"""


def needed_bytes(engine: Engine, rows: int) -> int:
    """Memory that an engine needs; dense dummies hold two copies of rows x (rows / 8 + 910) numbers."""
    return engine.bytes_per_row * rows or 2 * 8 * rows * (rows // 8 + 910)


def free_bytes() -> int:
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def run(engine: Engine, rows: int) -> str:
    """One line of the table."""
    if needed_bytes(engine, rows) > free_bytes():
        return (
            f"| {rows} | {engine.name} | not run: needs {needed_bytes(engine, rows) / 2**30:.0f} GB | | | |"
        )
    program = TEMPLATE.format(setup=engine.setup, n=rows)
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"| {rows} | {engine.name} | no result in {LIMIT_SECONDS} s | | | |"
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return f"| {rows} | {engine.name} | failed: {reason[:80]} | | | |"
    cpu, wall, memory, value = (float(part) for part in done.stdout.split())
    return f"| {rows} | {engine.name} | {cpu:.2f} | {wall:.2f} | {memory:.2f} | {value:.6g} |"


def main(sizes: list[int]) -> None:
    started = time.time()
    print(HEADER.format(load=os.getloadavg()[0], cores=os.cpu_count()), flush=True)
    for rows in sizes:
        for engine in ENGINES:
            if engine.sizes[0] <= rows <= engine.sizes[1]:
                print(run(engine, rows), flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"\n{time.time() - started:.0f} seconds in all; largest process {peak:.2f} GB.")
    print(
        "\nThe result column is the clustered standard error of `x1`, or the p-value of the draws. pyfixest's error depends on\n"
        "PYTHONHASHSEED; linearmodels does not count absorbed effects; keytech counts them as reghdfe does. Dense dummies\n"
        "(statsmodels) hold one column per firm. R's fixest is not in Debian and was not run."
    )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [25_000, 500_000, 4_000_000])
