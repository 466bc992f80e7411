"""`ivprobit`: probit with endogenous regressors, by full maximum likelihood, Newey's two-step or a control function."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keytech.econometrics.binary import estimation_sample, fit_binary
from keytech.econometrics.dense_newton import maximise_dense
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.ivprobit_likelihood import JointLikelihood
from keytech.econometrics.laws import chi2_tail
from keytech.econometrics.likelihood import likelihood_statistics, robust_vcov
from keytech.econometrics.linear import cluster_statistics, wald_test
from keytech.econometrics.linear_algebra import cross, independent, inverse, least_squares, sum_of_squares
from keytech.econometrics.ordered import with_dummies
from keytech.econometrics.result import Estimate, coefficient_table
from keytech.econometrics.sample import Design, prepare
from keytech.econometrics.specification import Specification


def run(specification: Specification, data: Any) -> Estimate:
    """Stata's `ivprobit` (ml, twostep) and the Rivers-Vuong control function; effects enter as dummies."""
    if not specification.parsed.endogenous:
        raise EstimationError("'ivprobit' needs a formula part 'endogenous ~ instruments'")
    design = prepare(specification, data, drop_singletons=False)
    design, notes = estimation_sample(design)
    shown = [*design.endog_names, *design.x_names]
    system, dropped = _system(design)
    method = {"ml": _ml, "twostep": _twostep, "control_function": _control_function}[
        specification.settings.method
    ]
    result = method(specification, system)
    terms = [
        name
        for name in result.coefficients["term"]
        if name in shown or name == "(Intercept)" or name.startswith("residual(")
    ]
    keep = result.coefficients["term"].isin(terms).to_numpy()
    return replace(
        result,
        coefficients=result.coefficients[keep].reset_index(drop=True),
        vcov=result.vcov[np.ix_(keep, keep)],
        sample=design.account(),
        warnings=(*design.warnings, *notes, *dropped, *result.warnings),
    )


@dataclass(frozen=True)
class System:
    """y (n,) 0/1; endog (n, m); x (n, k) exogenous with constant and dummies; z (n, l + k) instruments and x."""

    design: Design
    endog: np.ndarray
    x: np.ndarray
    z: np.ndarray
    names: list[str]
    n_instr: int

    @property
    def y(self) -> np.ndarray:
        return self.design.y

    @property
    def regressors(self) -> np.ndarray:
        return np.column_stack([self.endog, self.x])


def _system(design: Design) -> tuple[System, list[str]]:
    wide = with_dummies(design)
    x, x_names = wide.x, list(wide.x_names)
    if "(Intercept)" not in x_names and design.codes.shape[1]:
        x, x_names = np.column_stack([x, np.ones(design.n)]), [*x_names, "(Intercept)"]
    w = design.weights
    both = np.column_stack([x, design.instr])
    keep = independent(both, sum_of_squares(both, w), w)
    kx, kz = keep[: len(x_names)], keep[len(x_names) :]
    dropped = [
        f"{name} omitted because of collinearity"
        for name, stays in zip(x_names, kx, strict=True)
        if not stays and "::" not in name
    ]
    dropped += [
        f"instrument {n} dropped because of collinearity"
        for n, s in zip(design.instr_names, kz, strict=True)
        if not s
    ]
    if kz.sum() < design.endog.shape[1]:
        raise EstimationError(
            f"under-identified: {design.endog_names} with {int(kz.sum())} usable instruments"
        )
    x, instr = x[:, kx], design.instr[:, kz]
    names = [*design.endog_names, *[name for name, stays in zip(x_names, kx, strict=True) if stays]]
    return System(design, design.endog, x, np.column_stack([instr, x]), names, instr.shape[1]), dropped


def _first_stage(system: System) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (l + k, m) and residuals (n, m)."""
    pi = least_squares(system.z, system.endog, system.design.weights)
    return pi, system.endog - system.z @ pi


def _probit(system: System, x: np.ndarray):
    names = [f"column {index}" for index in range(x.shape[1])]
    none = np.empty((len(x), 0), dtype=np.uint32)
    return fit_binary(replace(system.design, x=x, x_names=names, codes=none), "probit")


def _control_function(specification: Specification, system: System) -> Estimate:
    """Rivers and Vuong 1988: the first-stage residual joins the probit; its errors take the residual as given."""
    _, residual = _first_stage(system)
    x = np.column_stack([system.regressors, residual])
    fit = _probit(system, x)
    names = [*system.names, *[f"residual({name})" for name in system.design.endog_names]]
    scores = x * fit.score[:, None]
    settings = specification.settings
    vcov = robust_vcov(
        fit.bread, scores, specification.vcov_kind, settings.small_sample, system.design, len(names)
    )
    exogeneity = _exogeneity(fit.beta[len(system.names) :], vcov[len(system.names) :, len(system.names) :])
    notes = ("standard errors take the first-stage residual as given; under endogeneity use method ml",)
    return _result(specification, system, names, fit.beta, vcov, fit.log_lik, exogeneity, notes)


def _twostep(specification: Specification, system: System) -> Estimate:
    """Newey 1987 minimum chi-squared, as `ivprobit, twostep`."""
    if specification.vcov_kind != "iid" or system.design.weights is not None:
        raise EstimationError("ivprobit twostep has classical errors without weights only; use method ml")
    pi, residual = _first_stage(system)
    m, size, n = system.endog.shape[1], system.z.shape[1], system.design.n
    reduced = _probit(system, np.column_stack([system.z, residual]))
    alpha, lam = reduced.beta[:size], reduced.beta[size:]
    control = _probit(system, np.column_stack([system.regressors, residual]))
    gap = system.endog @ (lam - control.beta[:m])
    left = gap - system.z @ least_squares(system.z, gap)
    omega = reduced.bread[:size, :size] + inverse(cross(system.z, system.z)) * float(left @ left) / (n - size)
    map_ = np.column_stack([pi, np.eye(size)[:, system.n_instr :]])
    weight = np.linalg.inv(omega)
    vcov = np.linalg.inv(map_.T @ weight @ map_)
    beta = vcov @ (map_.T @ (weight @ alpha))
    exogeneity = _exogeneity(control.beta[-m:], control.bread[-m:, -m:])
    return _result(specification, system, list(system.names), beta, vcov, None, exogeneity, ())


def _exogeneity(estimate: np.ndarray, vcov: np.ndarray) -> dict[str, float]:
    chi2 = float(estimate @ np.linalg.solve(vcov, estimate))
    p = chi2_tail(chi2, len(estimate))
    return {"exogeneity_chi2": chi2, "exogeneity_p": p, "endogeneity_p": p}


def _result(specification, system, names, beta, vcov, log_lik, extra, notes) -> Estimate:
    design, level = system.design, specification.settings.confidence_level
    table = coefficient_table(names, beta, vcov, None, level)
    statistics = {"n_obs": design.n, **extra}
    if log_lik is not None:
        statistics |= likelihood_statistics(log_lik, None, design.n, extra.get("parameters", len(beta)))
    statistics |= wald_test(
        beta[: len(system.names)], vcov[: len(system.names), : len(system.names)], system.names, None
    )
    statistics |= cluster_statistics(design)
    return Estimate("ivprobit", specification.formula, table, statistics, design.account(), notes, vcov=vcov)


def _ml(specification: Specification, system: System) -> Estimate:
    """Full maximum likelihood.

    With v = endog - z Pi and index eta = regressors theta + v psi the likelihood is Phi(+-eta) N(v; 0, A^-1); the
    structural coefficients are theta / sqrt(1 + psi' A^-1 psi), because Var(u) = 1 in Stata's normalisation.
    """
    scaled, scale, z_scale = _scaled(system)
    likelihood = joint_likelihood(scaled)
    theta, log_lik, hessian = maximise_dense(likelihood.total, likelihood.start(), "ivprobit")
    bread = np.linalg.inv(-hessian)
    settings = specification.settings
    vcov = robust_vcov(
        bread,
        likelihood.rows(theta),
        specification.vcov_kind,
        settings.small_sample,
        system.design,
        len(theta),
    )
    beta, jacobian = likelihood.structural(theta)
    beta, jacobian = beta / scale, jacobian / scale[:, None]
    statistics, gradient = likelihood.correlation(theta)
    error = float(np.sqrt(gradient @ vcov @ gradient)) if gradient is not None else None
    if gradient is not None:
        extra = _exogeneity(np.array([statistics["athrho"]]), np.array([[error**2]]))
        statistics |= {"athrho_se": error}
    else:
        psi = likelihood.slices["psi"]
        extra = _exogeneity(theta[psi], vcov[psi, psi])
    extra |= statistics | {"parameters": len(theta)}
    return _result(
        specification,
        system,
        list(system.names),
        beta,
        jacobian @ vcov @ jacobian.T,
        log_lik - z_scale,
        extra,
        (),
    )


def _scaled(system: System) -> tuple[System, np.ndarray, float]:
    """Columns divided by their root mean square, so that the Hessian is well conditioned; and the log Jacobian."""
    size = np.sqrt((system.endog**2).mean(axis=0))
    x_size = np.sqrt((system.x**2).mean(axis=0))
    z_size = np.concatenate([np.sqrt((system.z[:, : system.n_instr] ** 2).mean(axis=0)), x_size])
    scaled = replace(system, endog=system.endog / size, x=system.x / x_size, z=system.z / z_size)
    total = system.design.n if system.design.weights is None else float(system.design.weights.sum())
    return scaled, np.concatenate([size, x_size]), total * float(np.log(size).sum())


def joint_likelihood(system: System) -> JointLikelihood:
    """The likelihood with starting values from the control function."""
    pi, residual = _first_stage(system)
    fit = _probit(system, np.column_stack([system.regressors, residual]))
    return JointLikelihood(system, fit.beta, pi, residual)
