"""`imputation` (Borusyak, Jaravel and Spiess) and `two_stage` (Gardner): untreated outcomes predicted from untreated rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.linear import fit_linear, linear_estimate
from keytech.econometrics.result import Estimate, coefficient_table
from keytech.econometrics.sample import Design
from keytech.econometrics.specification import ClusterVcov, Specification
from keytech.econometrics.staggered_panel import Timing, label, timed_design
from keytech.econometrics.variance import group_sums

_PRECISION = {"atol": 1e-15, "btol": 1e-15, "conlim": 0, "maxiter": 20000}
_NOT_IMPUTED = 1e-6


def run(specification: Specification, data: Any) -> Estimate:
    """Average of y minus the outcome that unit and time effects, further effects and covariates predict; z tests.

    The prediction is least squares over the untreated rows, weighted where weights are given; effects of a formula replace
    unit and time. Errors are clustered by unit unless `vcov` names another cluster: `imputation` removes the mean effect of
    the cohort and horizon (Borusyak, Jaravel and Spiess 2024, equations 6 to 8 and footnote 20; R `didimputation`),
    `two_stage` the coefficient of the second stage (Gardner 2022, GMM of both stages; R `did2s`).
    """
    sample = _sample(specification, data)
    first = FirstStage.fit(sample)
    sample, first = _imputable(sample, first)
    groups = _groups(specification, sample)
    rows = [_effect(specification, sample, first, chosen) for chosen in groups.values()]
    scores = group_sums(np.column_stack([score for _, score in rows]), sample.cluster)
    estimates, vcov = np.array([estimate for estimate, _ in rows]), scores.T @ scores
    terms = list(groups)
    if specification.estimator == "imputation":
        terms, estimates, vcov = _with_leads(specification, sample, terms, estimates, vcov)
    return _result(specification, sample, terms, estimates, vcov)


@dataclass(frozen=True)
class Sample:
    """The design (n rows), its timing and the cluster of each row."""

    design: Design
    timing: Timing
    cluster: np.ndarray
    cluster_name: str
    notes: list[str]

    @property
    def treated(self) -> np.ndarray:
        return self.timing.treated

    @property
    def weights(self) -> np.ndarray:
        return np.ones(self.design.n) if self.design.weights is None else self.design.weights

    def take(self, keep: np.ndarray, reason: str) -> Sample:
        timing = Timing(self.timing.unit[keep], self.timing.time[keep], self.timing.cohort[keep])
        cluster = pd.factorize(self.cluster[keep])[0]
        return replace(self, design=self.design.take(keep, reason), timing=timing, cluster=cluster)


def _sample(specification: Specification, data: Any) -> Sample:
    settings = specification.settings
    if len(specification.clusters) > 1:
        raise EstimationError(f"{specification.estimator!r} clusters one way")
    if not specification.clusters:
        specification = specification.model_copy(update={"vcov": ClusterVcov(cluster=(settings.unit,))})
    design, timing, notes = timed_design(specification, data, drop_singletons=False)
    sample = Sample(design, timing, design.cluster_codes[0], next(iter(design.clusters)), notes)
    if not sample.treated.any():
        raise EstimationError("no row is treated: every first treated period lies after the last period")
    if sample.treated.all():
        raise EstimationError("no row is untreated: nothing to predict untreated outcomes from")
    return sample


@dataclass(frozen=True)
class FirstStage:
    """z (n, p) covariates and dummies of the effects, columns scaled; residual (n,) = y - predicted untreated outcome.

    `seen` (p,) says which columns vary among the untreated rows.
    """

    z: sparse.csr_array
    seen: np.ndarray
    residual: np.ndarray

    @staticmethod
    def fit(sample: Sample) -> FirstStage:
        from scipy.sparse.linalg import lsmr

        z = _regressors(sample.design)
        untreated, root = ~sample.treated, np.sqrt(sample.weights)
        weighted = sparse.diags_array(root[untreated]) @ z[untreated]
        size = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=0)).ravel())
        seen = size > 0
        z = (z @ sparse.diags_array(np.where(seen, 1 / np.where(seen, size, 1), 0.0))).tocsr()
        weighted = sparse.diags_array(root[untreated]) @ z[untreated]
        centre = float(np.average(sample.design.y[untreated], weights=sample.weights[untreated]))
        y = sample.design.y - centre
        slope = lsmr(weighted, root[untreated] * y[untreated], **_PRECISION)[0]
        return FirstStage(z, seen, y - z @ slope)

    def untreated_weights(self, sample: Sample, v: np.ndarray) -> np.ndarray:
        """-W Z (Z0' W Z0)^-1 Z' v on the untreated rows (n,), zero elsewhere (equation 6); v (n,) weights of the effects."""
        from scipy.sparse.linalg import lsmr

        untreated, root = ~sample.treated, np.sqrt(sample.weights)
        weighted = sparse.diags_array(root[untreated]) @ self.z[untreated]
        wanted = self.z.T @ v
        solution = lsmr(weighted.T.tocsr(), wanted, **_PRECISION)[0]
        gap = np.abs(weighted.T @ solution - wanted).max()
        if gap > _NOT_IMPUTED * max(1e-12, np.abs(wanted).max()):
            raise EstimationError(
                "the effects of some treated rows are not identified by the untreated rows (the untreated rows fall into "
                "unconnected parts); remove these rows or effects"
            )
        found = np.zeros(sample.design.n)
        found[untreated] = -root[untreated] * solution
        return found


def _regressors(design: Design) -> sparse.csr_array:
    """Covariates and one dummy per level of every effect."""
    rows = np.arange(design.n)
    blocks = [sparse.csr_array(design.x)] if design.x.shape[1] else []
    for code in design.codes.T.astype(np.int64):
        blocks.append(sparse.csr_array((np.ones(design.n), (rows, code)), (design.n, int(code.max()) + 1)))
    return sparse.hstack(blocks).tocsr()


def _imputable(sample: Sample, first: FirstStage) -> tuple[Sample, FirstStage]:
    """Without the treated rows that have an effect which no untreated row shares; always-treated units are such rows."""
    lost = np.zeros(sample.design.n, dtype=bool)
    for code in sample.design.codes.T:
        known = np.bincount(code[~sample.treated], minlength=int(code.max()) + 1) > 0
        lost |= ~known[code]
    if not lost.any():
        return sample, first
    always = lost & (sample.timing.cohort <= sample.timing.time.min())
    other = lost & ~always
    if always.any():
        sample.notes.append(f"{int(always.sum())} rows of units treated in the first period dropped")
    if other.any():
        sample.notes.append(
            f"{int(other.sum())} treated rows dropped: a unit, period or other effect has no untreated row"
        )
    if not (sample.treated & ~lost).any():
        raise EstimationError("no treated row shares its effects with untreated rows: nothing can be imputed")
    reduced = sample.take(~always, "always_treated")
    reduced = reduced.take(~other[~always], "not_imputed")
    return reduced, replace(first, z=first.z[~lost], residual=first.residual[~lost])


def _groups(specification: Specification, sample: Sample) -> dict[str, np.ndarray]:
    """Rows (n,) that each coefficient averages over."""
    horizons = specification.settings.horizons or []
    relative = sample.timing.relative
    groups = {"ATT": sample.treated}
    for horizon in sorted(set(horizons)):
        if horizon < 0 and specification.estimator == "imputation":
            continue
        chosen = relative == horizon
        if chosen.any():
            groups[label("horizon", horizon)] = chosen
        else:
            sample.notes.append(f"horizon {horizon} does not occur in the sample and is left out")
    return groups


def _effect(specification, sample: Sample, first: FirstStage, chosen: np.ndarray) -> tuple[float, np.ndarray]:
    """Weighted mean of the residuals of `chosen` rows (n,), and the score (n,) of each row."""
    v = np.where(chosen, sample.weights, 0.0)
    v /= v.sum()
    estimate = float(v @ first.residual)
    predicted = first.untreated_weights(sample, v)
    if specification.estimator == "two_stage":
        return estimate, v * (first.residual - estimate) + predicted * first.residual
    cell = pd.MultiIndex.from_arrays([sample.timing.cohort, sample.timing.time]).factorize()[0]
    mass = np.bincount(cell, v**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(mass > 0, np.bincount(cell, v**2 * first.residual) / mass, 0.0)
    return estimate, v * (first.residual - mean[cell]) + predicted * first.residual


def _with_leads(specification: Specification, sample: Sample, terms, estimates, vcov):
    """Pre-trend coefficients of the negative horizons: dummies among the untreated rows, all other leads as the base
    (Borusyak, Jaravel and Spiess 2024, section 4.3); their errors are those of `ols`."""
    horizons = sorted({h for h in specification.settings.horizons or [] if h < 0})
    relative = sample.timing.relative
    leads = [h for h in horizons if (relative == h).any()]
    sample.notes.extend(
        f"horizon {h} does not occur in the sample and is left out" for h in horizons if h not in leads
    )
    if not leads:
        return terms, estimates, vcov
    names = [label("horizon", h) for h in leads]
    design = sample.design.take(~sample.treated, "treated")
    dummies = np.column_stack([(relative[~sample.treated] == h).astype(float) for h in leads])
    design = replace(design, x=np.column_stack([dummies, design.x]), x_names=[*names, *design.x_names])
    fit = fit_linear(design, "cluster", specification.settings.small_sample)
    kept = [name for name in names if name in fit.terms]
    sample.notes.extend(
        f"{name} is collinear with the effects and left out" for name in names if name not in kept
    )
    result = linear_estimate(specification, fit)
    at = [fit.terms.index(name) for name in kept]
    wide = np.zeros((len(at) + len(terms),) * 2)
    wide[: len(at), : len(at)], wide[len(at) :, len(at) :] = fit.vcov[np.ix_(at, at)], vcov
    order = [len(at), *range(len(at)), *range(len(at) + 1, len(wide))]
    values = np.concatenate([[result[name].estimate for name in kept], estimates])
    names = [*kept, *terms]
    return [names[i] for i in order], values[order], wide[np.ix_(order, order)]


def _result(specification: Specification, sample: Sample, terms, estimates, vcov) -> Estimate:
    level = specification.settings.confidence_level
    treated = sample.treated
    groups = int(sample.cluster.max()) + 1
    statistics = {
        "n_obs": sample.design.n,
        "n_units": int(pd.factorize(sample.timing.unit)[0].max()) + 1,
        "n_clusters": groups,
        "n_treated_obs": int(treated.sum()),
        "n_treated_units": len(np.unique(sample.timing.unit[treated])),
    }
    account = {**sample.design.account(), "clusters": {sample.cluster_name: groups}}
    return Estimate(
        specification.estimator, specification.formula, coefficient_table(terms, estimates, vcov, None, level),
        statistics, account, (*sample.design.warnings, *sample.notes), vcov=vcov,
    )  # fmt: skip
