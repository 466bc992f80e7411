"""Faster fixed-point iterations."""

from __future__ import annotations

import numpy as np


class Anderson:
    """Next point of a fixed-point iteration from the last few steps (Anderson 1965, type II).

    A plain iteration gains a constant factor a step; the combination of the last `memory` steps that makes the remaining
    change smallest gains far more. The points it converges to are the same.
    """

    def __init__(self, memory: int = 8):
        self.memory = memory
        self._points: list[np.ndarray] = []
        self._changes: list[np.ndarray] = []

    def next(self, point: np.ndarray, target: np.ndarray, restart: bool) -> np.ndarray:
        """The point after `point`, whose plain successor is `target`; with `restart` the past is forgotten."""
        if restart:
            self._points, self._changes = [], []
        change = target - point
        self._points, self._changes = (
            [*self._points, point][-self.memory :],
            [*self._changes, change][-self.memory :],
        )
        if len(self._points) < 2:
            return target
        changes = np.stack(
            [(b - a).ravel() for a, b in zip(self._changes, self._changes[1:], strict=False)], axis=1
        )
        points = np.stack(
            [(b - a).ravel() for a, b in zip(self._points, self._points[1:], strict=False)], axis=1
        )
        weights = np.linalg.lstsq(changes, change.ravel(), rcond=1e-12)[0]
        return (target.ravel() - (points + changes) @ weights).reshape(point.shape)
