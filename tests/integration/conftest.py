"""One run of the whole house, shared by every integration test of the session."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Those that build once more, in a copy, go on beside those that read.
BUILDERS = {"test_determinism.py", "test_models_by_hand.py", "test_reference.py", "test_robot_hand_world.py"}


@dataclass(frozen=True)
class House:
    """A finished run in a folder of its own: `run` repeats it with further environment variables."""

    data: Path

    def environment(self, **more: str) -> dict[str, str]:
        places = {
            "KEYTECH_RAW": "raw", "KEYTECH_SIMULATED": "simulated", "KEYTECH_LANDED": "landed",
            "KEYTECH_BUILD": "build", "KEYTECH_RELEASES": "releases", "KEYTECH_TARGET": "target",
            "DAGSTER_HOME": "dagster",
        }  # fmt: skip
        mine = {name: str(self.data / folder) for name, folder in places.items()}
        return os.environ | mine | {"DBT_LOG_PATH": str(self.data / "logs"), "DO_NOT_TRACK": "1"} | more

    def run(self, job: str = "everything", **more: str) -> subprocess.CompletedProcess:
        (self.data / "dagster").mkdir(parents=True, exist_ok=True)
        (self.data / "dagster" / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
        return subprocess.run(
            [sys.executable, "-m", "dagster_defs.run", job], cwd=ROOT, env=self.environment(**more),
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    @property
    def current(self) -> Path:
        return self.data / "current"

    @property
    def truth(self) -> Path:
        return self.data / "simulated" / "truth"


@pytest.fixture(scope="session")
def house(tmp_path_factory, worker_id) -> House:
    """A run on the synthetic economy at scale 1 with two threads; the worker that comes first makes it for all."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    house = House(shared / "house")
    with (shared / "house.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        outcome = house.data / "outcome.txt"
        if not outcome.is_file():
            (house.data / "raw").mkdir(parents=True)
            done = house.run(KEYTECH_THREADS="2")
            (house.data / "first_run.txt").write_text(done.stdout)
            outcome.write_text(
                "" if done.returncode == 0 else f"the run failed:\n{done.stdout}\n{done.stderr}"
            )
    assert not outcome.read_text(), outcome.read_text()
    return house


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Readers of the house run on one worker, what builds again on another."""
    for item in items:
        if "tests/integration" in str(item.fspath):
            item.add_marker(pytest.mark.xdist_group("builders" if item.path.name in BUILDERS else "readers"))
