"""`wild_bootstrap_iv`: wild cluster bootstrap of one 2SLS coefficient, restricted and efficient (WRE), and of Anderson-Rubin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.instrumental import IvFit, fit_iv, iv_statistics
from keytech.econometrics.iv_diagnostics import net_of_exogenous
from keytech.econometrics.linear_algebra import least_squares
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.result import Estimate, coefficient_table
from keytech.econometrics.sample import design_of, filtered
from keytech.econometrics.specification import Specification
from keytech.econometrics.wild_bootstrap import cluster_weights, inverted


def run(specification: Specification, data: Any) -> Estimate:
    """Davidson and MacKinnon 2010, section 3 (WRE); clusters and test inversion as Roodman et al. 2019, section 6 (`boottest`).

    First stages are re-estimated with the restricted residual among the regressors, residuals of both stages share the
    weight of their cluster, and p is the share of draws with |t*| > |t|. With one endogenous term the Anderson-Rubin
    statistic is bootstrapped too (Finlay and Magnusson 2019), valid however weak the instruments; its set is found by
    moving away from the estimate. `impose_null: false` bootstraps around the 2SLS estimate.
    """
    settings = specification.settings
    if len(specification.clusters) != 1 or not specification.parsed.endogenous or specification.weights:
        raise EstimationError(
            "wild_bootstrap_iv needs one cluster variable, a part 'endogenous ~ instruments', no weights"
        )
    frame, counts = filtered(specification, data)
    design = design_of(specification, frame, counts, specification.parsed)
    fit = fit_iv(design, "cluster", settings.small_sample)
    if settings.term not in fit.parts.endog_names:
        raise EstimationError(f"options.term {settings.term!r} is not endogenous: {fit.parts.endog_names}")
    weights, notes = cluster_weights(specification, design, frame, counts["rows_in"])
    return _estimate(specification, fit, cluster_sums(fit, settings.term), weights, notes)


@dataclass(frozen=True)
class ClusterSums:
    """What every draw needs. Vectors are y, endogenous, instruments net of effects and exogenous terms, V of them.

    gram (V, V): their products. plain (G, L, V): sums over a cluster of instrument times vector. wild (G, L, V, G): the
    same of instrument times the projection of the vector kept in one cluster (last axis) and zero elsewhere.
    """

    at: int
    beta_hat: np.ndarray
    gram: np.ndarray
    plain: np.ndarray
    wild: np.ndarray
    scale: float

    @property
    def beta(self) -> float:
        return float(self.beta_hat[self.at])

    @property
    def n_endog(self) -> int:
        return len(self.beta_hat)

    @cached_property
    def instruments(self) -> np.ndarray:
        """Positions of the instruments among the vectors."""
        return np.arange(1 + self.n_endog, len(self.gram))

    def p_value(self, weights: np.ndarray, null: float, impose: bool, error: float) -> float:
        drawn = np.abs(self.t_statistics(weights, null, impose))
        return float((drawn > abs((self.beta - null) / error) * (1 + 1e-10)).mean())

    def restricted(self, null: float) -> np.ndarray:
        """Endogenous coefficients (K,) with `null` in its place, the others by 2SLS given it."""
        z, k = self.instruments, self.n_endog
        found = np.zeros(k)
        found[self.at] = null
        others = [1 + i for i in range(k) if i != self.at]
        if others:
            target = self.gram[z, 0] - null * self.gram[z, 1 + self.at]
            regressors = self.gram[np.ix_(z, others)]
            weight = np.linalg.inv(self.gram[np.ix_(z, z)])
            normal = regressors.T @ weight
            found[[i - 1 for i in others]] = np.linalg.solve(normal @ regressors, normal @ target)
        return found

    def t_statistics(self, weights: np.ndarray, null: float, impose: bool) -> np.ndarray:
        """Bootstrap t (B,) of the tested coefficient for weights (G, B)."""
        beta = self.restricted(null) if impose else self.beta_hat
        z, k = self.instruments, self.n_endog
        residual = np.concatenate([[1.0], -beta, np.zeros(len(z))])
        u = self._drawn(residual, weights)
        x = np.stack([self._first_stage(i, residual, weights) for i in range(k)], axis=2)
        inverse_z = np.linalg.inv(self.gram[np.ix_(z, z)])
        zx, zu = x.sum(axis=0), u.sum(axis=0)  # (L, K, B), (L, B)
        pi = np.einsum("lm,mkb->blk", inverse_z, zx)
        bread = np.linalg.inv(np.einsum("lkb,bli->bki", zx, pi))
        delta = np.einsum("bki,bli,lb->bk", bread, pi, zu)
        scores = np.einsum("blk,glb->gbk", pi, u - np.einsum("glkb,bk->glb", x, delta))
        influence = np.einsum("bk,gbk->gb", bread[:, self.at], scores)
        error = np.sqrt(self.scale * (influence**2).sum(axis=0))
        with np.errstate(divide="ignore", invalid="ignore"):
            return delta[:, self.at] / error

    def _first_stage(self, index: int, residual: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(G, L, B) sums of instrument times the drawn endogenous term: fitted by instruments and the restricted residual."""
        z = self.instruments
        design = np.column_stack([np.eye(len(self.gram))[:, z], residual])
        gram = design.T @ self.gram @ design
        coefficients = np.linalg.solve(gram, design.T @ self.gram[:, 1 + index])[:-1]
        left = np.zeros(len(self.gram))
        left[1 + index], left[z] = 1.0, -coefficients
        return (self.plain[:, :, z] @ coefficients)[:, :, None] + self._drawn(left, weights)

    def _drawn(self, vector: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(G, L, B) sums of instrument times the projection of a weighted vector, given by its coordinates (V,)."""
        return np.einsum("glvh,v->glh", self.wild, vector) @ weights

    def anderson_rubin(self) -> AndersonRubinSums:
        return AndersonRubinSums(self)


@dataclass(frozen=True)
class AndersonRubinSums:
    """The Anderson-Rubin statistic of one endogenous term and its draws, as `inverted` wants them."""

    sums: ClusterSums

    @property
    def beta(self) -> float:
        return self.sums.beta

    def p_value(self, weights: np.ndarray, null: float, impose: bool, error: float) -> float:
        """Share of draws beyond the statistic at `null`; the null is always imposed."""
        z = self.sums.instruments
        residual = np.concatenate([[1.0, -null], np.zeros(len(z))])
        own = self._statistic((self.sums.plain @ residual)[:, :, None])[0]
        drawn = self._statistic(self.sums._drawn(residual, weights))
        return float((drawn > own * (1 + 1e-10)).mean())

    def _statistic(self, u: np.ndarray) -> np.ndarray:
        """(B,) Wald statistics of the instruments from (G, L, B) sums of instrument times outcome."""
        z = self.sums.instruments
        zu = u.sum(axis=0)
        fitted = np.linalg.solve(self.sums.gram[np.ix_(z, z)], zu)
        scores = u - np.einsum("glm,mb->glb", self.sums.plain[:, :, z], fitted)
        meat = np.einsum("glb,gmb->blm", scores, scores)
        return np.einsum("lb,bl->b", zu, np.linalg.solve(meat, zu.T[:, :, None])[:, :, 0])


def cluster_sums(fit: IvFit, term: str) -> ClusterSums:
    """Project each vector of each cluster on exogenous terms and effects once; draws are then products of small arrays."""
    y, x, z = net_of_exogenous(fit.parts)
    vectors = np.column_stack([y, x, z])
    design, code = fit.design, fit.design.cluster_codes[0]
    groups, first = int(code.max()) + 1, 1 + x.shape[1]
    plain = np.stack(
        [
            [np.bincount(code, z[:, i] * vectors[:, v], minlength=groups) for v in range(vectors.shape[1])]
            for i in range(z.shape[1])
        ]
    )  # (L, V, G)
    wild = np.empty((groups, z.shape[1], vectors.shape[1], groups))
    for v in range(vectors.shape[1]):
        block = np.where(code[:, None] == np.arange(groups), vectors[:, [v]], 0.0)
        block = demean(block, design.codes, None)
        block -= fit.parts.exog @ least_squares(fit.parts.exog, block) if fit.parts.exog.shape[1] else 0.0
        for i in range(z.shape[1]):
            for h in range(groups):
                wild[:, i, v, h] = np.bincount(code, z[:, i] * block[:, h], minlength=groups)
    at = fit.parts.endog_names.index(term)
    gram = vectors.T @ vectors
    return ClusterSums(at, fit.beta[: first - 1], gram, plain.transpose(2, 0, 1), wild, fit.factor.scale)


def _estimate(
    specification: Specification, fit: IvFit, sums: ClusterSums, weights: np.ndarray, notes: list[str]
) -> Estimate:
    settings = specification.settings
    table = coefficient_table(fit.terms, fit.beta, fit.vcov, fit.factor.df, settings.confidence_level)
    row = table["term"] == settings.term
    error = float(table.loc[row, "std_error"].iloc[0])
    t = (sums.beta - settings.null) / error
    p = sums.p_value(weights, settings.null, settings.impose_null, error)
    low, high = inverted(sums, weights, settings, error)
    table.loc[row, ["statistic", "p_value", "ci_low", "ci_high"]] = [t, p, low, high]
    statistics = iv_statistics(fit) | {
        "bootstrap_p": p,
        "bootstrap_t": t,
        "bootstrap_ci_low": low,
        "bootstrap_ci_high": high,
        "draws": weights.shape[1],
    }
    if sums.n_endog == 1:
        form = sums.anderson_rubin()
        ends = inverted(form, weights, settings, error)
        statistics |= {
            "anderson_rubin_bootstrap_p": form.p_value(weights, settings.null, True, error),
            "anderson_rubin_bootstrap_ci_low": ends[0],
            "anderson_rubin_bootstrap_ci_high": ends[1],
        }
    drawn = sums.t_statistics(weights, settings.null, settings.impose_null)
    if not np.isfinite([low, high]).all():
        notes = [*notes, "the bootstrap confidence interval is unbounded"]
    draws = pd.DataFrame({"draw": np.arange(1, len(drawn) + 1), "t": drawn})
    return Estimate(
        "wild_bootstrap_iv", specification.formula, table, statistics, fit.design.account(),
        (*fit.design.warnings, *fit.notes, *notes), vcov=fit.vcov, tables={"draws": draws},
    )  # fmt: skip
