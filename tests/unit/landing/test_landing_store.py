"""The landed folder over several runs: skipped, changed, removed, interrupted, run twice at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from keytech.landing import LandingError, Store, land_source

ROWS = ["000001,平安银行,2015,1.5", "600000,浦发银行,2016,2.5", "600001,邯钢,坏,1"]
KILLED_RUN = """
import os, signal, sys
import keytech.landing.store as store
raw, landed, root, call = sys.argv[1:4] + [int(sys.argv[4])]
replace, unlink, calls = os.replace, store.Path.unlink, 0
def count(function):
    def counted(*args, **options):
        global calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **options)
    return counted
os.replace, store.Path.unlink = count(replace), count(unlink)
from keytech.landing import land
land(raw, landed, root)
"""


def actions(report) -> dict[str, str]:
    return {outcome.record.file: outcome.action for outcome in report.files}


def test_unchanged_files_are_skipped_and_changed_ones_landed_again(bench):
    """A failure means that every run reads everything, or that a corrected file is not noticed."""
    bench.lines("一年.csv", ROWS)
    bench.lines("二年.csv", ROWS[:1])
    assert set(actions(bench.land()).values()) == {"landed"}
    before = bench.public()
    report = bench.land()
    assert set(actions(report).values()) == {"unchanged"}
    assert not report.changed
    assert bench.public() == before
    bench.lines("二年.csv", ["000002,万科,2017,9"])
    assert actions(bench.land()) == {"firms/一年.csv": "unchanged", "firms/二年.csv": "landed"}
    assert bench.query("select stkcd from {years} where year = 2017") == [("000002",)]
    assert bench.query("select count(*) from {years}") == [(3,)]


def test_a_changed_contract_lands_everything_again(bench):
    """A failure means that landed types are those of an older contract."""
    bench.lines("一年.csv", ROWS)
    bench.land()
    contract = bench.root / "models" / "staging" / "firms" / "_firms__sources.yml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace("label_zh: 资产,", "label_zh: 总资产,"), encoding="utf-8")
    assert actions(bench.land()) == {"firms/一年.csv": "unchanged"}
    contract.write_text(text.replace("data_type: double", "data_type: decimal(18,2)"), encoding="utf-8")
    assert actions(bench.land()) == {"firms/一年.csv": "landed"}
    assert bench.query("select typeof(assets) from {years} limit 1") == [("DECIMAL(18,2)",)]


def test_a_removed_file_is_removed_from_landed(bench):
    """A failure means that rows of a withdrawn file stay in the warehouse."""
    path = bench.lines("一年.csv", ROWS)
    bench.lines("二年.csv", ROWS[:1])
    bench.land()
    path.unlink()
    report = bench.land()
    assert report.removed == ("firms/一年.csv",)
    assert bench.query("select file from {files}") == [("firms/二年.csv",)]
    assert bench.query("select count(*) from {rejects}") == [(0,)]
    (bench.raw / "firms" / "二年.csv").unlink()
    bench.land()
    assert [name for name in bench.public() if name.startswith("firms/years")] == [
        "firms/years/empty.parquet"
    ]


def test_a_lost_or_stray_landed_file_is_put_right(bench):
    """A failure means that the landed folder and its manifest can disagree for ever."""
    bench.lines("一年.csv", ROWS)
    bench.land()
    before = bench.public()
    [landed] = (bench.landed / "firms" / "years").iterdir()
    landed.rename(landed.with_name("stray.parquet"))
    bench.land()
    assert bench.public() == before


def test_one_source_lands_alone(bench):
    """A failure means that landing one source touches another or leaves the manifests behind."""
    bench.lines("一年.csv", ROWS)
    report = land_source("firms", bench.raw, bench.landed, bench.root)
    assert actions(report) == {"firms/一年.csv": "landed"}
    with pytest.raises(LandingError, match="no such source"):
        land_source("firm", bench.raw, bench.landed, bench.root)


def test_a_second_landing_is_refused_with_a_sentence(bench):
    """A failure means that two runs write the same folder at once."""
    bench.lines("一年.csv", ROWS)
    with Store(bench.landed).lock(), pytest.raises(LandingError, match="another landing is running"):
        bench.land()
    bench.land()


def test_the_same_files_give_the_same_bytes_with_one_and_two_threads(bench, monkeypatch):
    """A failure means that a release cannot be reproduced."""
    bench.lines("一年.csv", [f"{i:06d},甲{i},{2000 + i % 20},{i / 7}" for i in range(130_000)])
    bench.lines("二年.csv", ROWS, encoding="gb18030")
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("KEYTECH_THREADS", threads)
        bench.landed = bench.root / f"landed{threads}"
        bench.land()
        found.append(bench.public())
    assert found[0] == found[1]


@pytest.mark.parametrize("call", range(1, 13))
def test_a_run_killed_at_any_step_is_repaired_by_the_next(bench, call):
    """A failure means that kill -9 leaves a state from which the next run does not find back."""
    bench.lines("一年.csv", ROWS)
    old = bench.lines("二年.csv", ROWS[:2])
    bench.land()
    old.unlink()
    bench.lines("一年.csv", [*ROWS, "000009,新,2019,x"])
    bench.lines("三年.csv", ROWS[1:])
    arguments = [str(bench.raw), str(bench.landed), str(bench.root), str(call)]
    run = subprocess.run([sys.executable, "-c", KILLED_RUN, *arguments], capture_output=True, check=False)
    assert run.returncode in (-signal.SIGKILL, 0), run.stderr.decode()
    bench.query("select count(*) from {years}, {files}, {rejects}")
    bench.land()
    repaired = bench.public()
    bench.landed = bench.root / "undisturbed"
    bench.land()
    assert repaired == bench.public()


def test_a_run_killed_while_it_reads_is_repaired_by_the_next(bench):
    """A failure means that a half-converted file counts as landed."""
    bench.lines("一年.csv", [f"{i:06d},甲{i},{2000 + i % 20},{i / 7}" for i in range(400_000)])
    code = "import sys; from keytech.landing import land; land(*sys.argv[1:4])"
    arguments = [str(bench.raw), str(bench.landed), str(bench.root)]
    with subprocess.Popen([sys.executable, "-c", code, *arguments]) as run:
        deadline = time.monotonic() + 30
        while not list(bench.landed.glob("_incoming/firms/years/*.parquet")) and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(run.pid, signal.SIGKILL)
    assert not (bench.landed / "files.parquet").exists()
    bench.land()
    assert bench.counts() == [(400_000, 400_000, 0)]
    repaired = bench.public()
    bench.landed = bench.root / "undisturbed"
    bench.land()
    assert repaired == bench.public()
