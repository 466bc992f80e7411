"""Same inputs, same bytes, whatever the number of threads."""

from __future__ import annotations

import json
import shutil

from tests.integration.conftest import House


def test_one_thread_and_two_threads_give_the_same_checksum_of_every_mart(house, tmp_path):
    """A failure means that a tie, a sum or an order is settled by luck."""
    other = House(tmp_path)
    for folder in ("raw", "simulated", "landed"):
        shutil.copytree(house.data / folder, other.data / folder)
    done = other.run(KEYTECH_THREADS="1")
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = (json.loads((h.current / "manifest.json").read_text())["marts"] for h in (house, other))
    sums = {(m["schema"], m["name"]): m["sha256"] for m in first}
    differing = [m["name"] for m in second if sums[m["schema"], m["name"]] != m["sha256"]]
    assert len(first) == len(second) and differing == []
