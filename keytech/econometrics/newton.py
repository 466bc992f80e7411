"""Newton's method for one linear index with absorbed effects: logit, probit, Poisson, NB2.

Each step is weighted least squares of the working response on demeaned regressors, with the observed information
as weight; at the optimum the slope block of the full inverse Hessian is the inverse of the weighted cross product
(Frisch-Waugh-Lovell), so effects never need columns of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.linear_algebra import cross, inverse, least_squares
from keytech.econometrics.pyfixest_bridge import demean

# log-likelihood (n,), first derivative (n,), minus second derivative (n,) of each row in its index eta (n,)
Contributions = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]

_MAX_STEPS = 200
_TOLERANCE = 1e-11


@dataclass(frozen=True)
class IndexFit:
    """A maximum: beta (k,), index eta (n,), demeaned regressors x (n, k), inverse information (k, k), row scores."""

    beta: np.ndarray
    eta: np.ndarray
    x: np.ndarray
    bread: np.ndarray
    score: np.ndarray
    information: np.ndarray
    log_lik: float
    steps: int


def maximise(
    rows: Contributions,
    x: np.ndarray,
    codes: np.ndarray,
    prior: np.ndarray | None,
    start: np.ndarray,
    what: str,
) -> IndexFit:
    """Maximise sum of prior * log-likelihood over beta and the effects; raises EstimationError if it does not converge.

    `start` (n,) is an index to start from, not necessarily in the span of the regressors, so the first step is
    taken whole; later steps that lower the likelihood are halved.
    """
    weight = np.ones(len(x)) if prior is None else prior
    eta, log_lik = start, -np.inf
    for step in range(_MAX_STEPS):
        value, score, information = rows(eta)
        current = float(weight @ value)
        if not np.isfinite(current):
            raise EstimationError(f"{what}: the likelihood is not finite at step {step}")
        total = np.maximum(weight * information, 1e-300)
        working = eta + score / np.maximum(information, 1e-300)
        centred = demean(np.column_stack([working, x]), codes, total)
        beta = least_squares(centred[:, 1:], centred[:, 0], total) if x.shape[1] else np.zeros(0)
        proposal = working - (centred[:, 0] - centred[:, 1:] @ beta)
        decrement = float((weight * score) @ (proposal - eta))
        if decrement < _TOLERANCE * (1 + abs(current)) * 1e-3 and step:
            return _finish(rows, x, codes, weight, proposal, beta, step, what)
        if step == 0:
            eta = proposal
        else:
            eta, log_lik = _line_search(rows, weight, eta, proposal, current, what)
    raise EstimationError(f"{what}: no convergence in {_MAX_STEPS} steps (log-likelihood {log_lik:.6f})")


def _line_search(rows, weight, eta, proposal, current, what) -> tuple[np.ndarray, float]:
    size = 1.0
    for _ in range(40):
        candidate = eta + size * (proposal - eta)
        with np.errstate(all="ignore"):
            value = float(weight @ rows(candidate)[0])
        if np.isfinite(value) and value >= current - 1e-12 * (1 + abs(current)):
            return candidate, value
        size /= 2
    raise EstimationError(f"{what}: no step increases the likelihood")


def _finish(rows, x, codes, weight, eta, beta, steps, what) -> IndexFit:
    value, score, information = rows(eta)
    total = np.maximum(weight * information, 1e-300)
    centred = demean(x, codes, total)
    gram = cross(centred, centred, total)
    if x.shape[1] and np.linalg.cond(gram / np.sqrt(np.outer(np.diag(gram), np.diag(gram)))) > 1e14:
        raise EstimationError(
            f"{what}: the information matrix is singular; a term is perfectly predicted or collinear"
        )
    return IndexFit(beta, eta, centred, inverse(gram), weight * score, total, float(weight @ value), steps)
