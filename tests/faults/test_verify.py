"""`keytech releases verify`: a release made again from its manifest is the same to the byte, or one is told what is missing."""

from __future__ import annotations

import subprocess
import sys

from tests.faults.project import Project


def verify(project: Project) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", "from keytech.cli import app; app()", "releases", "verify", "2"], cwd=project.root,
        env=project.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_release_is_made_again_to_the_byte(second, tmp_path):
    """A failure means that a release cannot be reproduced from its manifest."""
    project = second.copy(tmp_path / "project")
    code, said = verify(project)
    assert code == 0 and "The release was made again" in said, said


def test_a_changed_raw_file_is_named_and_nothing_is_rebuilt(second, tmp_path):
    """A failure means that verify blames the release for what happened to its inputs."""
    project = second.copy(tmp_path / "project")
    project.write("firms/企业年度2012.csv", ["企业代码,企业名称,年份,自变量,因变量", "F001,企业001,2012,1,1"])
    code, said = verify(project)
    assert code == 2 and "raw file firms/企业年度2012.csv has changed" in said, said


def test_a_table_that_was_tampered_with_is_named(second, tmp_path):
    """A failure means that a release can be altered after the fact without being found out."""
    project = second.copy(tmp_path / "project")
    panel = project.current.resolve() / "marts" / "panels" / "pnl_toy.parquet"
    panel.write_bytes((project.current.resolve() / "marts" / "panels" / "pnl_answers.parquet").read_bytes())
    code, said = verify(project)
    assert code == 1 and "marts/panels/pnl_toy.parquet" in said, said
