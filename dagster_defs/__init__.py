"""Dagster definitions: thin; the work is done by keytech and dbt."""

import os

# Linear algebra on one thread: sums in one order, and no spinning on small matrices. Must stand before numpy is imported.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
