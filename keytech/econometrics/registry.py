"""`estimate`: finds the family that serves a specification, runs it, and times it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from importlib import import_module
from time import perf_counter
from typing import Any

from keytech.econometrics.result import Estimate
from keytech.econometrics.specification import Specification

_FAMILIES = {
    "linear": ["ols"],
    "instrumental": ["iv"],
    "binary": ["logit", "probit"],
    "ordered": ["ologit"],
    "poisson": ["poisson"],
    "ivprobit": ["ivprobit"],
    "negbin": ["negbin"],
    "event_study": ["twfe_event_study", "sun_abraham"],
    "callaway_santanna": ["callaway_santanna"],
    "imputation": ["imputation", "two_stage"],
    "bacon": ["bacon"],
    "dcdh": ["dcdh"],
    "interactive_effects": ["ife"],
    "matching": ["matching"],
    "resampling": ["permutation", "group_difference"],
    "wild_bootstrap": ["wild_bootstrap"],
    "wild_bootstrap_iv": ["wild_bootstrap_iv"],
    "shift_share": ["shift_share"],
    "production": ["production_function"],
    "relatedness": ["relatedness"],
    "conley": ["conley"],
    "rings": ["rings"],
    "sensitivity": ["oster", "leave_one_out", "specification_curve"],
}
_HOME = {name: family for family, names in _FAMILIES.items() for name in names}


def estimator_names() -> list[str]:
    """Every estimator that `estimate` knows."""
    return list(_HOME)


def one_thread() -> AbstractContextManager[Any]:
    """BLAS on one thread: sums are then added in one order, and small matrices are faster too."""
    import scipy.linalg  # noqa: F401  its BLAS has to be loaded to be limited
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1, user_api="blas")


def estimate(specification: Specification | dict[str, Any], data: Any) -> Estimate:
    """Run one specification on a pandas, Arrow or DuckDB table.

    Each family module offers `run(specification, data) -> Estimate`. Raises EstimationError (or pydantic's
    ValidationError for a malformed specification) with the rows or terms at fault.
    """
    if isinstance(specification, dict):
        specification = Specification.model_validate(specification)
    started = perf_counter()
    family = import_module(f"keytech.econometrics.{_HOME[specification.estimator]}")
    with one_thread():
        result = family.run(specification, data)
    return replace(result, seconds=perf_counter() - started)
