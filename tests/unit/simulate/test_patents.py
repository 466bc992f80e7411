"""The patent office's delivery: numbers, faults, files, and the rows that a larger scale adds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keytech.simulate import patent_filler, patents
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

ROOT = Path(__file__).parents[3]


@pytest.fixture
def batch():
    days = pd.to_datetime(["2003-09-30", "2003-10-01", "2010-05-05", "2010-05-05"] * 500)
    return pd.DataFrame({
        "applicants": [["深圳华盛电子股份有限公司", "清源机电（集团）有限公司"], ["张伟国"]] * 1000,
        "ipc": [["H04L27/26", "G06F17/50"], ["A47B1/00"]] * 1000, "patent_type": ["发明", "发明专利"] * 1000,
        "application_date": days, "grant_date": pd.NaT, "address": "广东省深圳市科技路1号", "cited_times": 2, "batch": "test",
    })  # fmt: skip


def test_numbers_are_unique_and_carry_the_check_digit(batch):
    """A failure means that applications merge or that numbers are not those of the office."""
    numbers = patents.numbered([batch])["application_no"]
    assert numbers.is_unique
    body, check = numbers.iloc[-1][2:].split(".")
    total = sum(int(d) * w for d, w in zip(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=True)) % 11
    assert check == ("X" if total == 10 else str(total))
    assert len(numbers.iloc[0].split(".")[0]) == 10 and len(numbers.iloc[-1].split(".")[0]) == 14


def test_a_batch_without_a_column_is_refused(batch):
    """A failure means that a half-described batch is written."""
    with pytest.raises(KeyError):
        patents.numbered([batch.drop(columns="ipc")])


def test_writing_twice_gives_the_same_bytes_and_every_fault_is_recorded(batch, tmp_path):
    """A failure means that the economy is not reproducible, or that a planted fault is missing from the truth."""
    world = World(seed=5, scale=1.0, project=ROOT)
    digests = []
    for folder in ("a", "b"):
        truth = Truth()
        patents.write(world, [batch], RawWriter(tmp_path / folder, ROOT), truth)
        digests.append({p.name: p.read_bytes() for p in sorted((tmp_path / folder).rglob("*专利*"))})
        truth.save(tmp_path / f"truth_{folder}")
    assert digests[0] == digests[1] and len(digests[0]) == 2
    faults = pd.read_parquet(tmp_path / "truth_a" / "defects.parquet")
    assert {"brackets", "separator", "exact duplicate", "zero padding"} <= set(faults["kind"])
    assert not faults["destroys"].any()


def test_copies_stand_behind_their_originals(batch):
    """A failure means that the row to keep (the first by file and row) is the worse copy."""
    notes: list = []
    out = patents.numbered([batch]).rename(columns={"date": "filed"})
    copied = patents._with_copies(np.random.default_rng(1), out, notes)
    assert (copied["application_no"].iloc[: len(out)].to_numpy() == out["application_no"].to_numpy()).all()
    assert len(copied) > len(out)


def test_larger_scales_add_bounded_chunks():
    """A failure means that scale 100 does not fit into memory, or that serial numbers repeat."""
    assert list(patent_filler.extra_chunks(1.0)) == []
    chunks = list(patent_filler.extra_chunks(100.0))
    assert max(rows for *_, rows in chunks) <= patent_filler.CHUNK_ROWS
    assert sum(rows for *_, rows in chunks) == pytest.approx(99 * patent_filler.PER_UNIT_OF_SCALE, rel=1e-3)
    ends = {}
    for year, _, first, rows in chunks:
        assert first == ends.get(year, 0)
        ends[year] = first + rows
    assert patent_filler.FIRST_EXTRA_SERIAL + max(ends.values()) < 10_000_000
