"""Every number that a paper prints has a number of this house beside it, or a reason why not."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.integration.conftest import ROOT

# (study, table, column) -> (why not, names that are printed and not estimated)
KNOWN: dict[tuple[str, str, str], tuple[str, set[str]]] = {}
STUDIES = ["talent_keytech", "talent_retention", "robot_upstream", "pilot_spillover"]


def numbers(frame: pd.DataFrame, names: list[str]) -> set[tuple[str, str, str, str]]:
    """(study, table, column, name) of each row; a coefficient is named by outcome and term."""
    name = frame[names].astype("string").agg(" ".join, axis=1)
    return set(zip(frame["study"], frame["table_id"], frame["column_id"], name, strict=True))


@pytest.mark.parametrize("study", STUDIES)
def test_every_published_number_has_ours_beside_it(house, study):
    """A failure means that a printed number has no counterpart, or that KNOWN excuses one that exists by now."""
    missing: set[tuple[str, str, str, str]] = set()
    for kind, names in (("estimates", ["outcome", "term"]), ("fit", ["statistic"])):
        theirs = pd.read_csv(
            ROOT / "seeds" / f"published_{kind}.csv", dtype={"table_id": str, "column_id": str}
        )
        ours = pd.read_parquet(house.current / "results" / f"{kind}.parquet")
        missing |= numbers(theirs[theirs["study"] == study], names) - numbers(ours, names)
    excused = {(*place, name) for place, (_, absent) in KNOWN.items() for name in absent if place[0] == study}
    assert sorted(missing - excused) == [], "printed, but not estimated"
    assert sorted(excused - missing) == [], "estimated by now: take it out of KNOWN"


def test_every_study_with_published_numbers_is_looked_at():
    """A failure means that a paper's numbers were added and nobody compares them."""
    theirs = pd.read_csv(ROOT / "seeds" / "published_estimates.csv")
    assert sorted(theirs["study"].unique()) == sorted(STUDIES)
