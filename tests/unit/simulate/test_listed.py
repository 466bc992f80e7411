"""Listed firms: samples, planted coefficients, patents, experts, pilots; all from the state, nothing written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keytech.simulate import (
    calibrate,
    economy,
    experts,
    ipc,
    listed,
    listed_counts,
    listed_process,
    listed_samples,
    panels_pilot,
    panels_talent,
    partners,
    pilots,
)
from keytech.simulate.world import World

ROOT = Path(__file__).parents[3]
TARGET = np.vstack([listed_counts.T2, *listed_counts.T1.values()])


@pytest.fixture(scope="module")
def world():
    return World(seed=economy.DEFAULT_SEED, scale=1.0, project=ROOT)


@pytest.fixture(scope="module")
def state(world):
    return listed.build(world)


@pytest.fixture(scope="module")
def talent(world, state):
    return panels_talent.panel(world, state)


@pytest.fixture(scope="module")
def spillover(world, state):
    return panels_pilot.panels(world, state)


def clustered(rows: np.ndarray, residual: np.ndarray, codes: np.ndarray) -> float:
    """Cluster-robust standard error of the coefficient that `rows` (n,) maps outcomes to."""
    return float(np.sqrt((np.bincount(codes, rows * residual) ** 2).sum()))


def test_panel_sizes_are_those_of_the_papers(talent, spillover):
    """A failure means that the samples drift from the printed numbers of observations."""
    assert len(talent) == 23_778
    assert len(spillover["pilot_spillover"]) == 22_076
    complete = spillover["pilot_spillover"].dropna(subset=[*listed_process.PILOT_CONTROLS])
    assert abs(len(complete) / 20_652 - 1) < 0.05


def test_no_industry_year_of_talent_keytech_stands_alone(talent):
    """A failure means that the estimator drops rows where the paper has all 23 778."""
    cells = (
        listed_samples.codes(talent["csrc2"], talent["year"]),
        listed_samples.codes(talent["region7"], talent["year"]),
    )
    assert calibrate.without_singletons(cells).all()


def test_headline_coefficients_lie_within_two_standard_errors(state, talent):
    """A failure means that the default economy does not show what was planted in it (T1, T2, T3 column 5)."""
    process, counts = state.process, state.counts
    x = process.regressors[process.talent][:, 1]
    groups = [
        listed_samples.codes(talent["csrc2"], talent["year"]),
        listed_samples.codes(talent["region7"], talent["year"]),
    ]
    assert np.allclose(np.sort(x), np.sort(talent["lntalent"].to_numpy()))
    names = ["lntalent", *listed_samples.FIRM_REGRESSORS]
    within = calibrate.demeaned(talent[[*names, "lnbartik", *listed_counts.OUTCOMES]].to_numpy(float), groups)
    regressors, instruments = within[:, :10], np.column_stack([within[:, 10], within[:, 1:10]])
    for k in range(3):
        for z, target in ((regressors, TARGET[1, k]), (instruments, TARGET[0, k])):
            inverse = np.linalg.inv(z.T @ regressors)
            beta = inverse @ z.T @ within[:, 11 + k]
            scores = z * (within[:, 11 + k] - regressors @ beta)[:, None]
            error = np.sqrt((inverse @ (scores.T @ scores) @ inverse.T)[0, 0])
            assert abs(beta[0] - target) < 2 * error
    y = np.log1p(counts.sei[process.pilot])
    policy = process.pilot_row @ y
    rows = process.rows[process.pilot]
    both = calibrate.demeaned(
        np.column_stack([y, process.pilot_row]), listed_process.pilot_groups(state.accounts, rows)
    )
    residual = both[:, 0] - policy * both[:, 1] / (process.pilot_row @ process.pilot_row)
    error = clustered(process.pilot_row, residual, state.accounts["city"].to_numpy()[rows])
    assert abs(policy - listed_counts.T3_POLICY) < 2 * error


def test_printed_coefficients_are_the_estimands(world, state):
    """A failure means that clipping, winsorising or rounding bends the estimates: their mean over fresh errors is off."""
    process = state.process
    means = listed_counts.mean_indices(process, state.counts.theta, state.counts.policy_scale)
    talent, pilot = [], []
    for i in range(24):
        counts, *_ = listed_counts.draw(means, world.rng("test", str(i)))
        y = np.log1p(counts[process.talent][:, [0, 3, 1]])
        clipped = np.column_stack([np.clip(c, *listed_samples.winsor_bounds(c)) for c in y.T])
        talent.append(process.talent_rows @ clipped)
        pilot.append(process.pilot_row @ np.log1p(counts[process.pilot, 2]))
    talent, pilot = np.array(talent), np.array(pilot)
    z = (talent.mean(axis=0) - TARGET) / (talent.std(axis=0) / np.sqrt(len(talent)))
    assert np.abs(z).max() < 4.5
    assert np.sqrt((z**2).mean()) < 1.7
    assert abs(pilot.mean() - listed_counts.T3_POLICY) < 3.5 * pilot.std() / np.sqrt(len(pilot))


def test_first_stage_is_the_printed_one(world, state):
    """A failure means that the shift-share instrument is weaker or stronger than in Table 2."""
    records = state.talent_records
    both = listed_samples.talent_of(world, state.experts, state.accounts, records)[:, :2]
    x = listed_counts.clipped_variables(state.variables, records).to_numpy()[records]
    within = calibrate.demeaned(
        np.column_stack([both, x]), listed_process.talent_groups(world, state.accounts, records)
    )
    slope = np.linalg.lstsq(within[:, 1:], within[:, 0], rcond=None)[0][0]
    assert slope == pytest.approx(listed_counts.T2_FIRST, abs=0.001)


def test_under_two_percent_of_indices_fall_below_zero(world, state):
    """A failure means that clipping, not the equation, makes many of the zeros."""
    means = listed_counts.mean_indices(state.process, state.counts.theta, state.counts.policy_scale)
    _, planned, _ = listed_counts.draw(means, world.rng("test", "clipping"))
    assert ((planned[state.process.talent] < 0).mean(axis=0) < 0.02).all()


def test_counts_nest_and_overlap_as_the_lists_do(state):
    """A failure means that no set of patents could have these numbers of key, lead and blockade applications."""
    c = state.counts
    assert (c.sei <= c.lead).all() and (c.lead <= c.key).all() and (c.pur <= c.key).all()
    assert (c.key <= c.pur + c.lead).all()


def test_patents_have_the_counts_of_the_process(state):
    """A failure means that the files hold other numbers of key applications than the outcome equation drew."""
    patents = panels_talent.inventions(state)
    n = len(state.firms)
    rows = state.accounts.iloc[state.process.rows]
    for name in ("key", "pur", "lead", "sei"):
        count = panels_talent.grid(
            patents["firm"].to_numpy(),
            patents["year"].to_numpy(),
            patents[f"is_{name}"].to_numpy(),
            n,
            1995,
            2023,
        )
        drawn = count[rows["firm"].to_numpy(), rows["year"].to_numpy() - 1995].astype(int)
        assert (drawn == getattr(state.counts, name)).all()


def test_code_boundaries_and_exclusions_hold():
    """A failure means that symbols stand in lists that do not name them (methods 5.2)."""
    assert ipc.inside("B41J2/01", "B41J2*") and not ipc.inside("B41J29/00", "B41J2*")
    assert ipc.inside("B41J29/00", "B41J*") and ipc.inside("F23C1/00", "F23*")
    assert ipc.inside("H04L27/26", "H04L27/26") and not ipc.inside("H04L27/261", "H04L27/26")


def test_expert_cells_add_up(state):
    """A failure means that origins, types or sections contradict the provincial totals."""
    total = state.experts.total
    assert (state.experts.by_type.sum(axis=1) == total).all()
    assert (state.experts.by_section.sum(axis=1) == total).all()
    assert (total > 0).all()


def test_shift_share_index_by_hand():
    """A failure means that equation (2) of talent_keytech is computed otherwise: 30 (1 + 10/40) + 20 (1 - 5/60)."""
    cells = np.array([[[30, 35], [20, 20]], [[10, 15], [40, 35]]])
    survey = experts.Experts(np.array(["11", "12"]), cells, cells, cells)
    assert survey.lnbartik()[0, 1] == pytest.approx(np.log(30 * 1.25 + 20 * (1 - 5 / 60)))
    assert survey.lnbartik()[0, 0] == pytest.approx(np.log(50))


def test_pilot_batches_cover_the_printed_numbers_of_cities(state):
    """A failure means that cohorts differ from Table 1 of pilot_spillover."""
    cohort = state.pilots.cohort
    for year, (_, units, fresh) in pilots.BATCHES.items():
        assert (cohort == year + 1).sum() == fresh
        assert (state.pilots.units["batch_year"] == year).sum() == units
    first = state.pilots.units.groupby("city")["batch_year"].min() + 1
    assert (cohort[first.index] == first).all() and (cohort > 0).sum() == len(first)


def test_no_effect_before_the_first_policy_year():
    """A failure means that event studies have pre-trends by construction."""
    years, cohort = np.array([2015, 2016, 2017, 2019, 2019]), np.array([2016, 2016, 2016, 2019, 0])
    effect = listed_counts.policy_effect(years, cohort, np.ones(5))
    assert effect[0] == 0 and effect[4] == 0 and (effect[1:4] > 0).all() and effect[2] > effect[1]


def test_partners_keep_off_the_universities_of_another_study(world):
    """A failure means that listed firms add joint applications to university_exchange, whose counts are planted."""
    names = set(partners.directory(world)["name"])
    assert not names & set(world.seed_table("seed_moe_universities")["university"])


def test_names_of_firms_are_unique_without_their_legal_form(state):
    """A failure means that two firms cannot be told apart in patents."""
    keys = pd.concat([state.names["name"], state.subsidiaries["subsidiary_name"]]).map(
        listed.listed_firms.name_key
    )
    assert keys.is_unique


def test_same_seed_same_state(world, state):
    """A failure means that two runs of the simulator differ."""
    again = listed.build(World(seed=economy.DEFAULT_SEED, scale=1.0, project=ROOT))
    pd.testing.assert_frame_equal(again.patents.table, state.patents.table)
    pd.testing.assert_frame_equal(again.accounts, state.accounts)
    pd.testing.assert_frame_equal(again.patents.pairs, state.patents.pairs)
