"""Newton's method on a handful of parameters, safe where the likelihood is not concave."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from keytech.econometrics.errors import EstimationError

# value, gradient (p,), Hessian (p, p); value is -inf outside the domain
Likelihood = Callable[[np.ndarray], tuple[float, np.ndarray, np.ndarray]]


def maximise_dense(
    likelihood: Likelihood, start: np.ndarray, what: str, steps: int = 300
) -> tuple[np.ndarray, float, np.ndarray]:
    """Maximum, its value and the Hessian there; raises EstimationError without convergence.

    The Newton direction uses the absolute eigenvalues of the Hessian, steps are halved until the value rises, and
    the search ends when the Newton decrement is below 1e-12 of the value.
    """
    theta = np.array(start, dtype=float)
    value, gradient, hessian = likelihood(theta)
    if not np.isfinite(value):
        raise EstimationError(f"{what}: the likelihood is not finite at the start")
    for _ in range(steps):
        direction = ascent(gradient, hessian)
        if gradient @ direction < 1e-12 * (1 + abs(value)):
            polished = theta + direction
            final = likelihood(polished)
            if np.isfinite(final[0]) and final[0] >= value - 1e-12 * (1 + abs(value)):
                theta, (value, gradient, hessian) = polished, final
            return theta, value, _require_peak(hessian, what)
        size = 1.0
        while size > 1e-13:
            trial = likelihood(theta + size * direction)
            if np.isfinite(trial[0]) and trial[0] > value:
                break
            size /= 2
        else:
            return theta, value, _require_peak(hessian, what)
        theta = theta + size * direction
        value, gradient, hessian = trial
    raise EstimationError(f"{what}: no convergence in {steps} steps (log-likelihood {value:.6f})")


def ascent(gradient: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """A direction of ascent: the Newton step with the absolute eigenvalues of a rescaled Hessian."""
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(hessian)), 1e-300))
    inner = -hessian * np.outer(scale, scale)
    try:
        factor = np.linalg.cholesky(inner)
        return scale * np.linalg.solve(factor.T, np.linalg.solve(factor, scale * gradient))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh((inner + inner.T) / 2)
        values = np.maximum(np.abs(values), 1e-8 * np.abs(values).max())
        return scale * (vectors @ ((vectors.T @ (scale * gradient)) / values))


def _require_peak(hessian: np.ndarray, what: str) -> np.ndarray:
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(hessian)), 1e-300))
    if np.linalg.eigvalsh(-hessian * np.outer(scale, scale)).min() <= 1e-13:
        raise EstimationError(
            f"{what}: the Hessian is singular at the maximum; a parameter is not identified"
        )
    return hessian
