"""The one world behind the synthetic economy: divisions, random streams and the shared state of cities."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from keytech.simulate import yearbooks

LARGE_CITIES = {
    "3100": 2.6, "1100": 2.5, "4403": 2.4, "4401": 2.1, "3205": 2.0, "5000": 1.9, "1200": 1.9, "5101": 1.7,
    "3201": 1.7, "4201": 1.7, "3301": 1.8, "3302": 1.6, "3202": 1.6, "3702": 1.5, "4406": 1.5, "4419": 1.5,
    "2102": 1.3, "2101": 1.3, "6101": 1.3, "3204": 1.2, "3701": 1.2, "4301": 1.2, "4101": 1.2, "3401": 1.2,
    "3502": 1.1, "3501": 1.1, "2201": 1.1, "2301": 1.0, "3306": 1.0, "3304": 1.0, "3206": 1.0, "4420": 0.9,
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """State that every part of the synthetic economy shares.

    `seed` fixes every draw; `scale` multiplies registrations, customs lines and patents, never the panels.
    `project` is the folder that holds `seeds/`. Random streams are independent by name, so that adding a
    draw in one module moves no number of another.
    """

    seed: int
    scale: float
    project: Path

    def rng(self, *name: str) -> np.random.Generator:
        """An independent generator for the stream `name`."""
        key = zlib.crc32("/".join(name).encode())
        return np.random.default_rng(np.random.SeedSequence([self.seed, key]))

    def seed_table(self, name: str) -> pd.DataFrame:
        """A seed of the warehouse, all columns as text."""
        return pd.read_csv(self.project / "seeds" / f"{name}.csv", dtype=str, keep_default_na=False)

    @cached_property
    def provinces(self) -> pd.DataFrame:
        """One row per province, ordered by code: seed_province."""
        return self.seed_table("seed_province").sort_values("province_code", ignore_index=True)

    @cached_property
    def cities(self) -> pd.DataFrame:
        """One row per city, ordered by code: seed_city with numeric coordinates and `size` (log size, mean 0)."""
        cities = self.seed_table("seed_city").sort_values("city_code", ignore_index=True)
        cities = cities.astype({"longitude": float, "latitude": float})
        east = (cities["is_east"] == "true").to_numpy(float)
        noise = self.rng("world", "city size").normal(0, 0.35, len(cities))
        size = cities["city_code"].map(LARGE_CITIES).fillna(0).to_numpy() + 0.35 * east + noise
        cities["size"] = size - size.mean()
        cities["is_east"] = cities["is_east"] == "true"
        return cities

    @cached_property
    def city_weights(self) -> np.ndarray:
        """Probabilities over `cities`, proportional to the exponential of 1.3 times size: a skewed economy."""
        weight = np.exp(1.3 * self.cities["size"].to_numpy())
        return weight / weight.sum()

    @cached_property
    def city_years(self) -> pd.DataFrame:
        """True city yearbook: one row per city and year 2000-2022, columns as in the city_yearbook contract."""
        return yearbooks.city_years(self.cities, self.rng("world", "city years"))

    @cached_property
    def province_years(self) -> pd.DataFrame:
        """True provincial yearbook: one row per province and year 2000-2022."""
        return yearbooks.province_years(self.provinces, self.rng("world", "province years"))
