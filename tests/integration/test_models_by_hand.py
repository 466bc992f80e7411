"""The unit tests of the models: SQL on hand-made rows. A run leaves them out, so this is where they are run."""

from __future__ import annotations

import re
import subprocess

from dagster_defs.resources import dbt_executable
from tests.integration.conftest import ROOT


def test_every_model_gives_what_its_hand_made_rows_say(house):
    """A failure means that a formula or a rule in SQL differs from a case worked out by hand; the output names it."""
    done = subprocess.run(
        [dbt_executable(), "--no-use-colors", "test", "--select", "test_type:unit",
         "--target-path", str(house.data / "unit_target"), "--log-path", str(house.data / "unit_logs")],
        cwd=ROOT, env=house.environment(DBT_PROFILES_DIR=str(ROOT)), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    passed = re.search(r"PASS=(\d+) WARN=0 ERROR=0", done.stdout)
    assert passed and int(passed[1]) > 80
