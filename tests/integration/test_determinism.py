"""Same inputs, same bytes, whatever the number of threads."""

from __future__ import annotations

import json
import shutil

from keytech.fingerprint import file_sha256
from tests.integration.conftest import House


def test_one_thread_and_two_threads_give_the_same_checksum_of_every_mart(house, tmp_path):
    """A failure means that a tie, a sum or an order is settled by luck."""
    other = House(tmp_path)
    for folder in ("raw", "simulated", "landed"):
        shutil.copytree(house.data / folder, other.data / folder)
    done = other.run("marts", KEYTECH_THREADS="1")
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((house.current / "manifest.json").read_text())
    marts = {(m["schema"], m["name"]): m["sha256"] for m in manifest["marts"]}
    again = {
        (p.parent.name, p.stem): file_sha256(p) for p in (other.data / "build" / "marts").glob("*/*.parquet")
    }
    assert len(marts) > 30 and set(marts) == set(again)
    assert [name for name in sorted(marts) if marts[name] != again[name]] == []
