"""The unit tests of the models: SQL on hand-made rows. A run leaves them out, so this is where they are run."""

from __future__ import annotations

import re
import shutil
import subprocess

from dagster_defs.resources import dbt_executable
from tests.integration.conftest import ROOT


def test_every_model_gives_what_its_hand_made_rows_say(house, tmp_path):
    """A failure means that a formula or a rule in SQL differs from a case worked out by hand; the output names it."""
    shutil.copy(house.data / "build" / "warehouse.duckdb", tmp_path)
    done = subprocess.run(
        [dbt_executable(), "--no-use-colors", "test", "--select", "test_type:unit",
         "--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")],
        cwd=ROOT, env=house.environment(KEYTECH_BUILD=str(tmp_path), DBT_PROFILES_DIR=str(ROOT)), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    passed = re.search(r"PASS=(\d+) WARN=0 ERROR=0", done.stdout)
    assert passed and int(passed[1]) > 80
