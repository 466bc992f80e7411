"""Builds the synthetic economy: raw files in the shape of real deliveries, and the truth folder beside them.

The economy has two halves that share the world and nothing else: listed firms with universities and the survey, and
industrial firms. They are drawn and written side by side in two processes; one writer then numbers the patents of both.
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from keytech.simulate import (
    DEFAULT_SEED,
    industry,
    listed,
    listed_firms,
    patent_filler,
    patents,
    pilot_instruments,
    survey,
    universities,
    yearbooks,
)
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

LISTED_MAKERS = 300
Half = tuple[Truth, list[pd.DataFrame]]


def listed_half(world: World, raw: RawWriter) -> Half:
    """Listed firms, universities and the survey: their raw files, their truth and their patent batches."""
    truth = Truth()
    firms, schools = listed.build(world), universities.build(world)
    listed.write(world, firms, raw, truth)
    survey.write(survey.build(world), world, raw, truth)
    universities.write(schools, world, raw, truth)
    patent_filler.write_extra(world, firms.patents, raw)
    return truth, [firms.batch(world), patent_filler.batch(world, firms.patents), schools.patents]


def industrial_half(world: World, raw: RawWriter) -> Half:
    """Industrial firms, registrations, customs and yearbooks; some listed firms are industrial and registered firms too."""
    truth = Truth()
    yearbooks.write(world, raw, truth)
    makers = industry.build(world, listed_makers(listed_firms.firms(world)))
    industry.write(world, makers, raw, truth)
    truth.panels[pilot_instruments.EMPLOYMENT] = pilot_instruments.sector_employment(world, makers.rows)
    return truth, [makers.patents]


def listed_makers(firms: pd.DataFrame) -> pd.DataFrame:
    """LISTED_MAKERS listed manufacturers that the industrial survey and the registry know too: name, code, city."""
    makers = firms[firms["csrc2"].str.startswith("C")].sort_values("stkcd", ignore_index=True)
    return makers.head(LISTED_MAKERS)[["name", "credit_code", "city_code"]]


def write(world: World, raw: RawWriter) -> Truth:
    """Every raw file; returns the truth. The two halves run side by side, each with streams of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        elsewhere = worker.submit(industrial_half, world, raw)
        truth, batches = listed_half(world, raw)
        other, more = elsewhere.result()
    truth.merge(other)
    truth.panels |= pilot_instruments.completed(world, truth.panels)
    patents.write(world, [*batches[:2], *more, *batches[2:]], raw, truth)
    return truth


def simulate(out: Path, *, seed: int = DEFAULT_SEED, scale: float = 1.0, project: Path) -> Path:
    """Write `<out>/raw` and `<out>/truth`; nothing is left half-written.

    Same seed and scale, same bytes. Returns `out`. Everything is built in a sibling folder and moved into place.
    """
    world = World(seed=seed, scale=scale, project=project)
    building = out.with_name(out.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    truth = write(world, RawWriter(building / "raw", project))
    truth.save(building / "truth")
    shutil.rmtree(out, ignore_errors=True)
    os.replace(building, out)
    return out
