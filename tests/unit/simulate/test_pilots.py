"""Which cities the synthetic pilots go to."""

from pathlib import Path

import numpy as np
import pytest

from keytech.simulate import DEFAULT_SEED, pilots
from keytech.simulate.automation import automation
from keytech.simulate.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=DEFAULT_SEED, scale=1.0, project=Path(__file__).parents[3])


def test_cities_that_robots_enter_are_piloted_more_often(world):
    """A failure means that both instruments of pilot_spillover are noise in the synthetic economy."""
    cohort, fits = pilots._cohorts(world, world.rng("pilots")), automation(world)
    assert fits[cohort > 0].mean() > fits[cohort == 0].mean() + 0.3


def test_every_batch_covers_as_many_new_cities_as_announced(world):
    """A failure means that cohort sizes are no longer those of the lists (31, 32, 30, 23)."""
    cohort = pilots._cohorts(world, world.rng("pilots"))
    assert [int(np.sum(cohort == year)) for year in (2016, 2017, 2018, 2019)] == [31, 32, 30, 23]
