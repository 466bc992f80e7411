"""A run of what one source reaches makes the release that a whole run makes, or none."""

from __future__ import annotations

import json
import subprocess
import sys

from keytech.release_verify import compare
from tests.faults.project import Project

REACHED = """
import sys
from dagster_defs.selection import depends_on_sources
print(*("/".join(key.path) for key in depends_on_sources(sys.argv[1:])))
"""


def run_what_rests_on(project: Project, source: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", REACHED, source], cwd=project.root, env=project.environment(), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return project.run_selected(*done.stdout.split())


def test_a_partial_run_makes_the_same_release_as_a_whole_one(first, second, tmp_path):
    """A failure means that what the sensor starts leaves something old in the release."""
    project = first.copy(tmp_path / "project")
    code, said = run_what_rests_on(project, "firms")
    assert code == 0, said
    assert json.loads((project.current / "manifest.json").read_text())["release_id"].startswith("0002-")
    assert compare(second.current.resolve(), project.current.resolve())[1] == []


def test_a_partial_run_is_refused_when_another_source_has_changed_too(first, tmp_path):
    """A failure means that a release claims raw files that nothing in it was built from."""
    project = first.copy(tmp_path / "project")
    answers = project.data / "raw" / "answers" / "问卷.csv"
    answers.write_text(answers.read_text(encoding="utf-8") + "R900,33,1\n", encoding="utf-8")
    code, said = run_what_rests_on(project, "firms")
    assert code == 1 and "not everything downstream of answers" in said, said
    assert json.loads((project.current / "manifest.json").read_text())["release_id"].startswith("0001-")
