"""Joint likelihood of a probit and the first stages of its endogenous regressors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from keytech.econometrics.binary import contributions

if TYPE_CHECKING:
    from keytech.econometrics.ivprobit import System


class JointLikelihood:
    """Parameters: theta (m + k), psi (m), Pi (m blocks of l + k), precision A (upper triangle).

    `structural` (m + k + m,) holds theta and psi to start from, `pi` (l + k, m) and `residual` (n, m) the first stage.
    """

    def __init__(self, system: System, structural: np.ndarray, pi: np.ndarray, residual: np.ndarray):
        self.system = system
        self.r = system.regressors
        m, p, size = system.endog.shape[1], self.r.shape[1], system.z.shape[1]
        self.m, self.p, self.size = m, p, size
        self.upper = [(i, j) for i in range(m) for j in range(i, m)]
        self.slices = {
            "theta": slice(0, p),
            "psi": slice(p, p + m),
            "pi": slice(p + m, p + m + m * size),
            "a": slice(p + m + m * size, p + m + m * size + len(self.upper)),
        }
        self.w = np.ones(len(system.y)) if system.design.weights is None else system.design.weights
        self.link = contributions(system.y, "probit")
        precision = np.linalg.inv((residual * self.w[:, None]).T @ residual / self.w.sum())
        self.first = np.concatenate([structural, pi.T.ravel(), [precision[i, j] for i, j in self.upper]])

    def start(self) -> np.ndarray:
        """Control-function estimates and the least-squares first stage."""
        return self.first

    def _unpack(self, theta):
        psi = theta[self.slices["psi"]]
        pi = theta[self.slices["pi"]].reshape(self.m, self.size).T
        a = np.zeros((self.m, self.m))
        for value, (i, j) in zip(theta[self.slices["a"]], self.upper, strict=True):
            a[i, j] = a[j, i] = value
        return theta[self.slices["theta"]], psi, pi, a

    def _parts(self, theta):
        slopes, psi, pi, a = self._unpack(theta)
        v = self.system.endog - self.system.z @ pi
        eta = self.r @ slopes + v @ psi
        return psi, a, v, self.link(eta)

    def _compact(self, psi, v) -> tuple[np.ndarray, np.ndarray]:
        """Distinct columns (n, c) and a map (c, parameters) with d eta / d parameters = columns @ map.

        The exogenous columns are in both equations; their cross products are formed once.
        """
        m, n_instr, k = self.m, self.system.n_instr, self.system.x.shape[1]
        columns = np.column_stack([self.system.endog, self.system.x, v, self.system.z[:, :n_instr]])
        places = np.zeros((columns.shape[1], self.slices["a"].stop))
        places[: m + k, : m + k] = np.eye(m + k)
        places[m + k : 2 * m + k, self.slices["psi"]] = np.eye(m)
        order = np.r_[np.arange(2 * m + k, 2 * m + k + n_instr), np.arange(m, m + k)]
        for j in range(m):
            start = self.slices["pi"].start + j * self.size
            places[order, np.arange(start, start + self.size)] = -psi[j]
        return columns, places

    def _d_eta(self, psi, v) -> np.ndarray:
        blocks = [self.r, v, *[-psi[j] * self.system.z for j in range(self.m)]]
        return np.column_stack([*blocks, np.zeros((len(v), len(self.upper)))])

    def rows(self, theta) -> np.ndarray:
        """Weighted row scores (n, parameters)."""
        psi, a, v, (_, score, _) = self._parts(theta)
        rows = self._d_eta(psi, v) * score[:, None]
        va, inverse_a = v @ a, np.linalg.inv(a)
        start = self.slices["pi"].start
        for j in range(self.m):
            rows[:, start + j * self.size : start + (j + 1) * self.size] += va[:, [j]] * self.system.z
        for index, (i, j) in enumerate(self.upper):
            twice = 1.0 if i == j else 2.0
            rows[:, self.slices["a"].start + index] = twice / 2 * (inverse_a[i, j] - v[:, i] * v[:, j])
        return rows * self.w[:, None]

    def total(self, theta) -> tuple[float, np.ndarray, np.ndarray]:
        psi, a, v, (value, score, information) = self._parts(theta)
        sign, log_det = np.linalg.slogdet(a)
        if sign <= 0 or np.linalg.eigvalsh(a).min() <= 0:
            return -np.inf, np.empty(0), np.empty(0)
        quadratic = np.einsum("ij,jk,ik->i", v, a, v)
        log_lik = float(self.w @ (value + 0.5 * log_det - 0.5 * quadratic - 0.5 * self.m * np.log(2 * np.pi)))
        columns, places = self._compact(psi, v)
        gradient = places.T @ (columns.T @ (self.w * score)) + self._normal_gradient(a, v)
        return log_lik, gradient, self._hessian(columns, places, a, v, score, information)

    def _normal_gradient(self, a, v) -> np.ndarray:
        """Gradient of the normal density of v in Pi and the precision."""
        gradient = np.zeros(self.slices["a"].stop)
        weighted, inverse_a = v * self.w[:, None], np.linalg.inv(a)
        gradient[self.slices["pi"]] = (self.system.z.T @ weighted @ a).T.ravel()
        gap = self.w.sum() * inverse_a - weighted.T @ v
        gradient[self.slices["a"]] = [gap[i, j] * (0.5 if i == j else 1.0) for i, j in self.upper]
        return gradient

    def _hessian(self, columns, places, a, v, score, information) -> np.ndarray:
        z, w = self.system.z, self.w
        hessian = -places.T @ ((columns * (w * information)[:, None]).T @ columns) @ places
        start, gram, zs = self.slices["pi"].start, (z * w[:, None]).T @ z, z.T @ (w * score)
        zv, inverse_a = (z * w[:, None]).T @ v, np.linalg.inv(a)
        for j in range(self.m):
            block = slice(start + j * self.size, start + (j + 1) * self.size)
            row = self.slices["psi"].start + j
            hessian[row, block] -= zs
            hessian[block, row] -= zs
            for k in range(self.m):
                other = slice(start + k * self.size, start + (k + 1) * self.size)
                hessian[block, other] -= a[j, k] * gram
        for index, (i, j) in enumerate(self.upper):
            column = self.slices["a"].start + index
            for first, second in {(i, j), (j, i)}:
                block = slice(start + first * self.size, start + (first + 1) * self.size)
                hessian[block, column] += zv[:, second]
                hessian[column, block] += zv[:, second]
            for index2, (k, m) in enumerate(self.upper):
                hessian[column, self.slices["a"].start + index2] = (
                    -0.5 * w.sum() * self._curvature(inverse_a, (i, j), (k, m))
                )
        return hessian

    @staticmethod
    def _curvature(inverse_a, one, two) -> float:
        """Second derivative of -log det over the distinct elements of a symmetric matrix."""
        return sum(
            inverse_a[a, d] * inverse_a[c, b] for a, b in {one, one[::-1]} for c, d in {two, two[::-1]}
        )

    def structural(self, theta) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients with Var(u) = 1 and their Jacobian in all parameters."""
        slopes, psi, _, a = self._unpack(theta)
        sigma = np.linalg.inv(a)
        spread = 1 + float(psi @ sigma @ psi)
        factor = spread**-0.5
        jacobian = np.zeros((self.p, len(theta)))
        jacobian[:, self.slices["theta"]] = np.eye(self.p) * factor
        pull = -0.5 * spread**-1.5
        jacobian[:, self.slices["psi"]] = np.outer(slopes, pull * 2 * (sigma @ psi))
        side = sigma @ psi
        for index, (i, j) in enumerate(self.upper):
            change = -(1.0 if i == j else 2.0) * side[i] * side[j]
            jacobian[:, self.slices["a"].start + index] = slopes * pull * change
        return slopes * factor, jacobian

    def correlation(self, theta) -> tuple[dict[str, float], np.ndarray | None]:
        """rho, its inverse hyperbolic tangent and gradient, for one endogenous term; asinh(psi sigma) = atanh(rho)."""
        if self.m > 1:
            return {}, None
        _, psi, _, a = self._unpack(theta)
        sigma = float(a[0, 0] ** -0.5)
        t = float(psi[0]) * sigma
        gradient = np.zeros(len(theta))
        gradient[self.slices["psi"]] = sigma / np.sqrt(1 + t**2)
        gradient[self.slices["a"]] = -0.5 * t / a[0, 0] / np.sqrt(1 + t**2)
        return {"athrho": float(np.arcsinh(t)), "rho": t / np.sqrt(1 + t**2)}, gradient
