"""`negbin`: NB2 with absorbed effects, and the conditional fixed-effects model of Hausman, Hall and Griliches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keytech.econometrics.absorb import absorbed_dof, compact
from keytech.econometrics.binary import without_collinear
from keytech.econometrics.dense_newton import maximise_dense
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.laws import chi2_tail
from keytech.econometrics.likelihood import influence_vcov, likelihood_statistics, robust_vcov
from keytech.econometrics.linear import cluster_statistics, wald_test
from keytech.econometrics.linear_algebra import least_squares
from keytech.econometrics.newton import IndexFit, maximise
from keytech.econometrics.ordered import with_dummies
from keytech.econometrics.poisson import drop_separated, fit_poisson, require_counts
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.result import Estimate, coefficient_table
from keytech.econometrics.sample import Design, prepare
from keytech.econometrics.specification import Specification
from keytech.econometrics.variance import group_sums


def run(specification: Specification, data: Any) -> Estimate:
    """Negative binomial counts; observed information of the joint likelihood, as `nbreg` and `xtnbreg, fe`."""
    if specification.settings.method == "conditional_fe":
        return _conditional(specification, data)
    design = prepare(specification, data, drop_singletons=False)
    _require_whole_counts(design)
    design, notes = drop_separated(design)
    design, collinear = without_collinear(design)
    fit = fit_nb2(design)
    return _nb2_estimate(specification, design, fit, [*notes, *collinear])


def _require_whole_counts(design: Design) -> None:
    """Counts, and a warning where some are fractions (`nbreg` says the same)."""
    require_counts(design)
    broken = int((design.y != np.round(design.y)).sum())
    if broken:
        design.warnings.append(f"{design.formula.outcome} is not a whole number in {broken} rows")


@dataclass(frozen=True)
class Nb2Fit:
    """NB2 at its maximum: the index part, tau = ln(alpha), and row derivatives in tau and across."""

    index: IndexFit
    tau: float
    score_tau: np.ndarray
    cross: np.ndarray
    information_tau: float


def fit_nb2(design: Design) -> Nb2Fit:
    """Maximise over slopes, effects and ln(alpha): an inner fit for each alpha, Newton on the profile outside."""
    weight = np.ones(design.n) if design.weights is None else design.weights
    poisson = fit_poisson(design)
    tau, eta = _start(design, poisson, weight), poisson.eta
    for _ in range(100):
        index = maximise(_rows(design.y, tau), design.x, design.codes, design.weights, eta, "negbin")
        score, cross, information = _tau_derivatives(design.y, index.eta, tau)
        projected = _project(design, index, weight * cross / index.information)
        curvature = float(weight @ information) - float(index.information @ projected**2)
        gradient = float(weight @ score)
        step = np.clip(gradient / abs(curvature), -1.0, 1.0)
        if abs(step) < 1e-9:
            return Nb2Fit(index, tau, weight * score, weight * cross, float(weight @ information))
        tau, eta = tau + step, index.eta
        if tau < -14:
            raise EstimationError("negbin: no overdispersion (alpha goes to zero); use poisson")
    raise EstimationError("negbin: alpha did not converge in 100 steps")


def _start(design: Design, poisson: IndexFit, weight: np.ndarray) -> float:
    """Moment estimate of alpha from Poisson residuals."""
    mean = np.exp(poisson.eta)
    moment = (weight @ ((design.y - mean) ** 2 - mean)) / (weight @ mean**2)
    return float(np.log(max(moment, 0.05)))


def _rows(y: np.ndarray, tau: float):
    """Row log-likelihood, score and observed information of NB2 in the index, at alpha = exp(tau)."""
    from scipy.special import gammaln

    m = np.exp(-tau)
    constant = gammaln(y + m) - gammaln(m) - gammaln(y + 1) + m * np.log(m)

    def rows(eta):
        mean = np.exp(np.minimum(eta, 700))
        value = constant + y * eta - (y + m) * np.log(m + mean)
        return value, (y - mean) * m / (m + mean), mean * m * (m + y) / (m + mean) ** 2

    return rows


def _tau_derivatives(y: np.ndarray, eta: np.ndarray, tau: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows: dl/dtau, d2l/(deta dtau), -d2l/dtau2, with tau = ln(alpha)."""
    from scipy.special import digamma, polygamma

    m, mean = np.exp(-tau), np.exp(eta)
    first = digamma(y + m) - digamma(m) + np.log(m / (m + mean)) + 1 - (y + m) / (m + mean)
    second = polygamma(1, y + m) - polygamma(1, m) + 1 / m - 2 / (m + mean) + (y + m) / (m + mean) ** 2
    return -m * first, -(y - mean) * mean * m / (m + mean) ** 2, -(m * first + m**2 * second)


def _project(design: Design, index: IndexFit, target: np.ndarray) -> np.ndarray:
    """Fitted values of target (n,) on regressors and effects with the information as weight."""
    left = demean(target[:, None], design.codes, index.information)[:, 0]
    slopes = least_squares(index.x, left, index.information) if index.x.shape[1] else np.zeros(0)
    return target - (left - index.x @ slopes)


def _nb2_estimate(specification: Specification, design: Design, fit: Nb2Fit, notes: list[str]) -> Estimate:
    settings, kind, index = specification.settings, specification.vcov_kind, fit.index
    ratio = fit.cross / index.information
    left = demean(ratio[:, None], design.codes, index.information)[:, 0]
    gamma = least_squares(index.x, left, index.information) if index.x.shape[1] else np.zeros(0)
    fitted = ratio - (left - index.x @ gamma)
    var_tau = 1 / (fit.information_tau - float(index.information @ fitted**2))
    joint = np.append(gamma, 1.0)
    vcov = np.outer(joint, joint) * var_tau
    vcov[:-1, :-1] += index.bread
    dof = absorbed_dof(design.codes, [], "stata")
    parameters = design.x.shape[1] + dof.total + 1
    if kind != "iid":
        net = fit.score_tau + fitted * index.score
        influence = np.column_stack([(index.x * index.score[:, None]) @ index.bread, np.zeros(design.n)])
        influence += np.outer(net * var_tau, joint)
        vcov = influence_vcov(influence, kind, settings.small_sample, design, parameters)
    return _nb2_result(specification, design, fit, vcov, parameters, dof.total, notes)


def _nb2_result(specification, design, fit, vcov, parameters, absorbed, notes) -> Estimate:
    k = design.x.shape[1]
    table = coefficient_table(
        list(design.x_names), fit.index.beta, vcov[:k, :k], None, specification.settings.confidence_level
    )
    null, poisson = _null_nb2(design), fit_poisson(design).log_lik
    error, chibar = float(np.sqrt(vcov[-1, -1])), max(0.0, 2 * (fit.index.log_lik - poisson))
    statistics = {
        "n_obs": design.n,
        "alpha": float(np.exp(fit.tau)),
        "alpha_se": float(np.exp(fit.tau)) * error,
        "lnalpha": fit.tau,
        "lnalpha_se": error,
        "overdispersion_chibar2": chibar,
        "overdispersion_p": chi2_tail(chibar, 1) / 2,
        "df_absorbed": absorbed,
        **likelihood_statistics(fit.index.log_lik, null, design.n, parameters),
        **wald_test(fit.index.beta, vcov[:k, :k], design.x_names, None),
        **cluster_statistics(design),
    }
    warnings = (*design.warnings, *notes)
    return Estimate(
        "negbin", specification.formula, table, statistics, design.account(), warnings, vcov=vcov[:k, :k]
    )


def _null_nb2(design: Design) -> float:
    """Log-likelihood of NB2 with a constant only."""
    constant = replace(
        design,
        x=np.ones((design.n, 1)),
        x_names=["(Intercept)"],
        codes=np.empty((design.n, 0), dtype=np.uint32),
    )
    try:
        return fit_nb2(constant).index.log_lik
    except EstimationError:
        return fit_poisson(constant).log_lik


def _conditional(specification: Specification, data: Any) -> Estimate:
    """Conditional fixed-effects negative binomial (Hausman, Hall and Griliches 1984; `xtnbreg, fe`).

    The unit is `options.unit` or the first effect; further effects enter as dummies. Units with one row or zero
    outcomes only carry no information and are dropped and counted.
    """
    settings = specification.settings
    effects = specification.parsed.effects
    unit = (settings.unit,) if settings.unit else effects[0] if effects else ()
    if not unit:
        raise EstimationError(
            "negbin conditional_fe needs the unit: an effect in the formula or options.unit"
        )
    others = tuple(effect for effect in effects if effect != unit)
    spec = specification.model_copy(update={"formula": specification.formula})
    formula = replace(specification.parsed, effects=(unit, *others))
    from keytech.econometrics.sample import design_of, filtered

    frame, counts = filtered(spec, data)
    design = design_of(spec, frame, counts, formula, drop_singletons=False)
    _require_whole_counts(design)
    code = design.codes[:, 0]
    design = design.take((np.bincount(code) > 1)[code], "singletons")
    code = design.codes[:, 0]
    design = design.take((np.bincount(code, design.y) > 0)[code], "separated")
    code = compact(design.codes[:, :1])[:, 0].astype(np.int64)
    rest = replace(design, codes=design.codes[:, 1:], formula=replace(formula, effects=others))
    rest = with_dummies(
        replace(rest, x=np.column_stack([rest.x, np.ones(rest.n)]), x_names=[*rest.x_names, "(Intercept)"])
    )
    rest, notes = without_collinear(rest)
    return _conditional_estimate(specification, rest, code, notes)


def conditional_log_lik(beta, x, y, code) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Value, row scores (n, k), Hessian (k, k) of the conditional likelihood, and its groups' sums of lambda."""
    from scipy.special import digamma, gammaln, polygamma

    lam = np.exp(np.minimum(x @ beta, 500))
    lam_sum, y_sum = np.bincount(code, lam), np.bincount(code, y)
    value = (gammaln(lam_sum) + gammaln(y_sum + 1) - gammaln(lam_sum + y_sum)).sum()
    value += (gammaln(lam + y) - gammaln(lam) - gammaln(y + 1)).sum()
    group = digamma(lam_sum) - digamma(lam_sum + y_sum)
    inner = lam * (group[code] + digamma(lam + y) - digamma(lam))
    second = inner + lam**2 * (polygamma(1, lam + y) - polygamma(1, lam))
    sums = group_sums(x * lam[:, None], code)
    spread = polygamma(1, lam_sum) - polygamma(1, lam_sum + y_sum)
    hessian = (x * second[:, None]).T @ x + (sums * spread[:, None]).T @ sums
    return float(value), x * inner[:, None], hessian, lam_sum


def _conditional_estimate(specification, design: Design, code: np.ndarray, notes: list[str]) -> Estimate:
    settings = specification.settings
    if design.weights is not None:
        raise EstimationError("negbin conditional_fe takes no weights")
    scale = np.maximum(np.abs(design.x).max(axis=0), 1e-300)

    def likelihood(theta):
        value, scores, hessian, _ = conditional_log_lik(theta, design.x / scale, design.y, code)
        return value, scores.sum(axis=0), hessian

    theta, log_lik, hessian = maximise_dense(likelihood, np.zeros(len(scale)), "negbin conditional_fe")
    beta = theta / scale
    bread = np.linalg.inv(-hessian) / np.outer(scale, scale)
    scores = conditional_log_lik(beta, design.x, design.y, code)[1]
    vcov = robust_vcov(bread, scores, specification.vcov_kind, settings.small_sample, design, len(beta))
    shown = [i for i, name in enumerate(design.x_names) if "::" not in name or name in specification.formula]
    terms, vcov_shown = [design.x_names[i] for i in shown], vcov[np.ix_(shown, shown)]
    statistics = {
        "n_obs": design.n,
        "n_groups": int(code.max()) + 1,
        **likelihood_statistics(log_lik, None, design.n, len(beta)),
        **wald_test(beta[shown], vcov_shown, terms, None),
        **cluster_statistics(design),
    }
    table = coefficient_table(terms, beta[shown], vcov_shown, None, settings.confidence_level)
    warnings = (*design.warnings, *notes)
    return Estimate(
        "negbin", specification.formula, table, statistics, design.account(), warnings, vcov=vcov_shown
    )
