"""Distances on the globe."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, to_float

EARTH_RADIUS_KM = 6371.0


def great_circle_km(
    latitude: np.ndarray, longitude: np.ndarray, other_latitude: np.ndarray, other_longitude: np.ndarray
) -> np.ndarray:
    """Haversine distances (n, m) in km of points (n,) to points (m,) given in degrees, on a sphere of 6371 km."""
    phi, other_phi = np.radians(latitude)[:, None], np.radians(other_latitude)[None, :]
    turn = np.radians(other_longitude)[None, :] - np.radians(longitude)[:, None]
    half = np.sin((other_phi - phi) / 2) ** 2 + np.cos(phi) * np.cos(other_phi) * np.sin(turn / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def coordinates(frame: pd.DataFrame, latitude: str, longitude: str) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude (n,) in degrees, missing kept; raises EstimationError where one is not on the globe."""
    found = []
    for name, limit in ((latitude, 90), (longitude, 180)):
        values = to_float(column(name, frame))
        wrong = np.flatnonzero(np.abs(values) > limit)
        if len(wrong):
            raise EstimationError(f"{name}: {values[wrong[0]]:g} is outside -{limit} to {limit} degrees")
        found.append(values)
    return found[0], found[1]
