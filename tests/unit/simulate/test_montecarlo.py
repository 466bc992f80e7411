"""The Monte Carlo target: finished tasks are taken up again, and its verdict follows coverage and uniformity."""

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from tests import montecarlo


def gaps(far: int) -> pd.DataFrame:
    """100 gaps of one coefficient, `far` of them beyond two standard errors."""
    key = dict(zip(montecarlo.KEY, ("s", "1", "1", "x"), strict=True))
    return pd.DataFrame([{**key, "gap": 3.0 if i < far else 0.5, "seed": i} for i in range(100)])


def p_values(kind: str) -> pd.DataFrame:
    """200 p-values of 39 draws: evenly spread, or all small."""
    steps = np.arange(1, 41) / 40
    return pd.DataFrame({"number": range(200), "p": np.tile(steps if kind == "even" else steps / 4, 5)})


@pytest.mark.parametrize(("far", "kind", "code"), [(5, "even", 0), (11, "even", 1), (5, "small", 1)])
def test_the_verdict_needs_coverage_and_uniform_placebos(far, kind, code):
    """Failure: 89 percent coverage, or placebos that reject too often, pass; or 95 percent and even p-values fail."""
    console = Console(file=io.StringIO(), width=200)
    assert montecarlo.report(console, {"headline": [gaps(far)], "placebo": [p_values(kind)]}) == code
    assert f"{100 - far}.0% of 100" in console.file.getvalue()


def test_a_finished_task_is_not_done_again(tmp_path, monkeypatch):
    """Failure: a Monte Carlo that was stopped starts from the beginning, or a task that broke off counts as done."""
    calls = []

    def once(number, root):
        calls.append(number)
        return gaps(number)

    monkeypatch.setitem(montecarlo.TASKS, "headline", once)
    first = montecarlo.kept("headline", 3, tmp_path, tmp_path)
    again = montecarlo.kept("headline", 3, tmp_path, tmp_path)
    assert calls == [3]
    pd.testing.assert_frame_equal(first, again)
    (tmp_path / "headline_4.building").write_text("half")
    montecarlo.kept("headline", 4, tmp_path, tmp_path)
    assert calls == [3, 4]


def test_no_raw_file_is_written(tmp_path):
    """Failure: the light economy writes what it should only count."""
    assert montecarlo.NoFiles(tmp_path, tmp_path).xlsx("a", "b", "c.xlsx", None, title="t") == "a/c.xlsx"
    assert list(tmp_path.iterdir()) == []
