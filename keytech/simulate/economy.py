"""Builds the synthetic economy: raw files in the shape of real deliveries, and the truth folder beside them."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from keytech.simulate import (
    DEFAULT_SEED,
    industry,
    listed,
    patent_filler,
    patents,
    survey,
    universities,
    yearbooks,
)
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

LISTED_MAKERS = 300


@dataclass(frozen=True)
class Economy:
    """The state of every part, before any file is written."""

    survey: survey.SurveyState
    universities: universities.UniversityState
    listed: listed.Listed
    makers: industry.Industry


def build(world: World) -> Economy:
    """Draw every part of the economy; some listed firms are industrial and registered firms too."""
    firms = listed.build(world)
    makers = industry.build(world, listed_makers(firms.firms))
    return Economy(survey.build(world), universities.build(world), firms, makers)


def listed_makers(firms: pd.DataFrame) -> pd.DataFrame:
    """LISTED_MAKERS listed manufacturers that the industrial survey and the registry know too: name, code, city."""
    makers = firms[firms["csrc2"].str.startswith("C")].sort_values("stkcd", ignore_index=True)
    return makers.head(LISTED_MAKERS)[["name", "credit_code", "city_code"]]


def write(world: World, economy: Economy, raw: RawWriter, truth: Truth) -> None:
    """Every raw file and every part of the truth; patents of all parts go through one writer."""
    yearbooks.write(world, raw, truth)
    listed.write(world, economy.listed, raw, truth)
    industry.write(world, economy.makers, raw, truth)
    survey.write(economy.survey, world, raw, truth)
    universities.write(economy.universities, world, raw, truth)
    outside = patent_filler.batch(world, economy.listed.patents)
    batches = [economy.listed.batch(world), outside, economy.makers.patents, economy.universities.patents]
    patents.write(world, batches, raw, truth)
    patent_filler.write_extra(world, economy.listed.patents, raw)


def simulate(out: Path, *, seed: int = DEFAULT_SEED, scale: float = 1.0, project: Path) -> Path:
    """Write `<out>/raw` and `<out>/truth`; nothing is left half-written.

    Same seed and scale, same bytes. Returns `out`. Everything is built in a sibling folder and moved into place.
    """
    world = World(seed=seed, scale=scale, project=project)
    building = out.with_name(out.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    truth = Truth()
    write(world, build(world), RawWriter(building / "raw", project), truth)
    truth.save(building / "truth")
    shutil.rmtree(out, ignore_errors=True)
    os.replace(building, out)
    return out
