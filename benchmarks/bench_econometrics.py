"""Speed and memory against pyfixest, linearmodels and statsmodels: three absorbed effects, clustered by firm.

    python benchmarks/bench_econometrics.py 25000 500000 > docs/methodology/benchmark.md

Each engine runs in a process of its own; CPU seconds are of the fit alone (imports done), memory is the peak of the
process. Add 4000000 on a machine with 8 GB free.
"""

import os
import resource
import subprocess
import sys
import time

PROGRAMS = {
    "keytech ols": "from keytech.econometrics import estimate as e\nfit = lambda d: e({'estimator': 'ols', 'formula': F, 'vcov': {'cluster': ['firm']}}, d)['x1'].std_error",
    "pyfixest feols (LSMR)": "import pyfixest as pf\nfit = lambda d: pf.feols(F, d, vcov={'CRV1': 'firm'}, demeaner=pf.LsmrDemeaner()).se()['x1']",
    "linearmodels AbsorbingLS": "import pandas as pd\nfrom linearmodels.iv import AbsorbingLS\nfit = lambda d: AbsorbingLS(d.y, d[['x1', 'x2', 'x3']], absorb=d[['firm', 'iy', 'py']].astype('category')).fit(cov_type='clustered', clusters=d.firm).std_errors['x1']",
    "keytech iv": "from keytech.econometrics import estimate as e\nfit = lambda d: e({'estimator': 'iv', 'formula': 'y ~ x2 | firm + iy + py | x1 ~ x3', 'vcov': {'cluster': ['firm']}}, d)['x1'].std_error",
    "keytech poisson": "from keytech.econometrics import estimate as e\nfit = lambda d: e({'estimator': 'poisson', 'formula': 'c ~ x1 + x2 | firm + iy + py', 'vcov': {'cluster': ['firm']}}, d)['x1'].std_error",
    "pyfixest fepois": "import pyfixest as pf\nfit = lambda d: pf.fepois('c ~ x1 + x2 | firm + iy + py', d, vcov={'CRV1': 'firm'}).se()['x1']",
    "keytech permutation, 1000 draws": "from keytech.econometrics import estimate as e\nfit = lambda d: e({'estimator': 'permutation', 'formula': F, 'options': {'treatment': 'x1', 'draws': 1000}}, d)['x1'].p_value",
    "keytech group_difference, 1000 draws": "from keytech.econometrics import estimate as e\nfit = lambda d: e({'estimator': 'group_difference', 'formula': F, 'options': {'group': 'g', 'treatment': 'x1', 'draws': 1000}}, d)['difference'].p_value",
}
DRAWS = ("1000 draws",)
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
    for x in ('x1', 'x2', 'x3'):
        d[x] = rng.normal(size=n)
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


def main(sizes: list[int]) -> None:
    print(
        "# Benchmark of the estimators\n\nWritten by `benchmarks/bench_econometrics.py`. Firm, industry x year and province x year effects, clustered by firm."
    )
    print(
        f"One run each; load of the machine at the start {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, so read CPU seconds first.\n"
    )
    print("| rows | engine | CPU s | wall s | peak GB | result |\n|---:|---|---:|---:|---:|---:|")
    for n in sizes:
        for name, setup in PROGRAMS.items():
            n_rows = (20000 if n == sizes[0] else None) if any(word in name for word in DRAWS) else n
            if n_rows is None or (n_rows > 1_000_000 and "AbsorbingLS" in name):
                continue
            done = subprocess.run(
                [sys.executable, "-c", TEMPLATE.format(setup=setup, n=n_rows)],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                print(f"| {n_rows} | {name} | failed: {done.stderr.strip().splitlines()[-1][:80]} | | | |")
                continue
            cpu, wall, memory, value = done.stdout.split()
            print(
                f"| {n_rows} | {name} | {float(cpu):.2f} | {float(wall):.2f} | {float(memory):.2f} | {float(value):.6g} |",
                flush=True,
            )


if __name__ == "__main__":
    started = time.time()
    main([int(size) for size in sys.argv[1:]] or [25_000])
    print(
        f"\n{time.time() - started:.0f} seconds in all, peak of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB."
    )
