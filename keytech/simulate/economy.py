"""Builds the synthetic economy: raw files in the shape of real deliveries, and the truth folder beside them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from keytech.simulate import industry, patents, yearbooks
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter


def simulate(out: Path, *, seed: int = 20261120, scale: float = 1.0, project: Path) -> Path:
    """Write `<out>/raw` and `<out>/truth`; nothing is left half-written.

    Same seed and scale, same bytes. Returns `out`. Everything is built in a sibling folder and moved into place.
    """
    world = World(seed=seed, scale=scale, project=project)
    building = out.with_name(out.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    raw, truth = RawWriter(building / "raw", project), Truth()
    makers = industry.build(world)
    yearbooks.write(world, raw, truth)
    industry.write(world, makers, raw, truth)
    patents.write(world, [makers.patents], raw, truth)
    truth.save(building / "truth")
    shutil.rmtree(out, ignore_errors=True)
    os.replace(building, out)
    return out
