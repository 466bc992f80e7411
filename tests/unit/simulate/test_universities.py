"""The universities of the synthetic economy carry the planted differences and agree with the warehouse's concordance."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keytech.simulate import field_symbols, universities, universities_design, universities_patents
from keytech.simulate.world import World

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def world():
    return World(seed=20261120, scale=1.0, project=PROJECT)


@pytest.fixture(scope="module")
def state(world):
    return universities.build(world)


def test_the_panel_is_balanced_over_56_universities_and_half_are_treated(state):
    """A failure means that the estimands of the two-way model are not the planted ones."""
    panel = state.panel
    assert panel["university_id"].nunique() == 56
    assert len(panel) == 56 * panel["field_code"].nunique() * 12
    assert panel.groupby("university_id")["high_exchange"].first().sum() == 28


def test_structural_sizes_add_up_to_the_planted_estimands(state, world):
    """A failure means that DID or DDD of parameters.json is not what a balanced panel estimates."""
    design = state.design
    panel = state.panel.query("year == 2022 and high_exchange == 1")
    sizes = design.effects
    effect = sizes["base"] + sizes["exposed"] * panel["exposed"] + sizes["advantaged"] * panel["advantaged"]
    assert effect.mean() == pytest.approx(universities_design.DID)
    by_exposure = effect.groupby(panel["exposed"]).mean()
    assert by_exposure[1] - by_exposure[0] == pytest.approx(universities_design.DDD)
    assert np.mean(list(universities_design.PATH.values())) == pytest.approx(1.0)


def test_randomised_rounding_keeps_the_mean_of_the_logarithm():
    """A failure means that counts are biased against the index they were made from."""
    rng = np.random.default_rng(3)
    for level in (0.0, 0.3, 1.17, 2.5):
        counts = universities_design.randomised_rounding(rng, np.full(200_000, level))
        assert np.log1p(counts).mean() == pytest.approx(level, abs=2e-3)


def test_almost_no_index_lies_below_zero(state):
    """A failure means that clipping at zero bends the planted effect (simulation.md allows 2 %)."""
    assert state.design.below_zero < 0.005


def test_every_symbol_lies_in_the_field_it_is_drawn_for(world):
    """A failure means that an application lands in another technology field than the one it was planted in."""
    prefixes = world.seed_table("seed_wipo_field_ipc").set_index("ipc_prefix")["field_code"].to_dict()
    for field, text in field_symbols.SYMBOLS.items():
        for symbol in text.split():
            heads = (symbol.partition("/")[0], symbol[:4], symbol[:3])
            found = next(prefixes[head] for head in heads if head in prefixes)
            assert found == field, symbol


def test_every_stem_field_has_symbols(world):
    """A failure means that a field of the panel can have no application."""
    fields = world.seed_table("seed_field_discipline").query("is_stem == 'true'")["field_code"]
    assert set(fields) == set(field_symbols.SYMBOLS)


def test_enterprises_count_by_the_rule_of_the_abstract_and_institutes_do_not(world):
    """A failure means that the truth counts an application that methods.md 2.2 does not, or the other way round."""
    firm = universities_patents.enterprise_names(world)
    assert len(set(firm)) == universities_patents.ENTERPRISES
    words = ("大学", "学院", "研究院", "研究所")
    assert all("公司" in name and not any(word in name for word in words) for name in firm)
    assert all(
        any(word in name for word in (*words, "科学院"))
        for name in universities_patents.institute_names(world)
    )


def test_counts_of_the_truth_are_those_of_the_applications(state):
    """A failure means that the truth panel was not computed from the state it describes."""
    patents, panel = state.patents, state.panel
    joint = patents["enterprise"] & (patents["patent_type"] == "发明") & (patents["university"].map(len) > 0)
    assert panel["joint_inv"].sum() == joint.sum() == state.design.joint.sum()
    assert (panel["joint_inv_key"] + panel["joint_inv_nonkey"] == panel["joint_inv"]).all()
    assert len(patents) < 120_000


def test_signs_of_the_abstract_hold_in_the_truth(state):
    """A failure means that a sign of claims.csv does not hold in the planted structure."""
    panel = state.panel

    def difference(outcome: str, rows: pd.Series | None = None) -> float:
        part = panel if rows is None else panel[rows]
        mean = part.groupby(["high_exchange", "post"])[outcome].mean()
        return (mean[1, 1] - mean[1, 0]) - (mean[0, 1] - mean[0, 0])

    for outcome in ("ln_joint_inv", "ln_overseas_talent", "ln_joint_paper_foreign", "ln_overseas_app"):
        assert difference(outcome) > 0
    assert difference("ln_joint_inv_key") > difference("ln_joint_inv_nonkey")
    assert difference("ln_joint_inv", panel["advantaged"] == 1) > difference(
        "ln_joint_inv", panel["advantaged"] == 0
    )
    assert difference("ln_joint_inv", panel["exposed"] == 1) > difference(
        "ln_joint_inv", panel["exposed"] == 0
    )
