"""What an estimation returns: coefficients, statistics, an account of the rows, warnings."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from keytech.econometrics.laws import quantile, two_sided

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["term", "estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high"]


@dataclass(frozen=True)
class Estimate:
    """A finished estimation.

    `coefficients` has one row per term (columns `COLUMNS`); `vcov` is (k, k) in the same order; `statistics` maps
    a name to a number; `sample` says where every row went; `tables` holds what is neither, by name.
    """

    estimator: str
    formula: str
    coefficients: pd.DataFrame
    statistics: dict[str, Any]
    sample: dict[str, Any]
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    vcov: np.ndarray | None = field(default=None, repr=False, compare=False)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n_obs(self) -> int:
        return int(self.statistics["n_obs"])

    def __getitem__(self, term: str) -> pd.Series:
        """The coefficient row of a term."""
        rows = self.coefficients[self.coefficients["term"] == term]
        if rows.empty:
            raise KeyError(f"no term {term!r}; terms: {list(self.coefficients['term'])}")
        return rows.iloc[0]

    def to_dict(self) -> dict[str, Any]:
        """Plain types for JSON: full precision, no NaN and no infinity (both become null), no clock."""
        document = {
            "estimator": self.estimator,
            "formula": self.formula,
            "n_obs": self.n_obs,
            "coefficients": _plain(self.coefficients.to_dict("records")),
            "statistics": _plain(self.statistics),
            "sample": _plain(self.sample),
            "warnings": list(self.warnings),
        }
        if "marginal_effects" in self.tables:
            document["marginal_effects"] = _plain(self.tables["marginal_effects"].to_dict("records"))
        if self.tables:
            document["tables"] = {
                name: _plain(table.to_dict("records")) for name, table in self.tables.items()
            }
        return document


def coefficient_table(
    terms: list[str], estimates: np.ndarray, vcov: np.ndarray, df: float | None, level: float = 0.95
) -> pd.DataFrame:
    """Tests and intervals from estimates (k,) and vcov (k, k); t with `df` degrees of freedom, z where df is None."""
    std_error = np.sqrt(np.diag(vcov))
    return table_from_errors(terms, estimates, std_error, df, level)


def table_from_errors(
    terms: list[str], estimates: np.ndarray, std_error: np.ndarray, df: float | None, level: float = 0.95
) -> pd.DataFrame:
    """The same from standard errors (k,)."""
    import pandas as pd

    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimates / std_error
    critical = quantile(0.5 + level / 2, df)
    return pd.DataFrame(
        {
            "term": terms,
            "estimate": estimates,
            "std_error": std_error,
            "statistic": statistic,
            "p_value": two_sided(statistic, df),
            "ci_low": estimates - critical * std_error,
            "ci_high": estimates + critical * std_error,
        }
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)
