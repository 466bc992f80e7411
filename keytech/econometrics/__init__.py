"""Estimators on data frames: `estimate(specification, data) -> Estimate`.

The package knows nothing of the warehouse: it takes a table and a `Specification` and returns numbers
with an account of every row. Heavy libraries are imported when an estimator first needs them.
"""

from keytech.econometrics.errors import EstimationError

__all__ = ["Estimate", "EstimationError", "Specification", "estimate", "estimator_names", "parse_formula"]

_HOMES = {
    "Estimate": "keytech.econometrics.result",
    "Specification": "keytech.econometrics.specification",
    "estimate": "keytech.econometrics.registry",
    "estimator_names": "keytech.econometrics.registry",
    "parse_formula": "keytech.econometrics.formula",
}


def __getattr__(name: str):
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
