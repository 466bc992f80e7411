"""A full disk during landing, build and publish: a sentence, no half release, and all is well once there is room."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from keytech.release import release_ids
from keytech.release_verify import compare
from tests.faults.project import Project


@pytest.fixture
def small_disk(tmp_path):
    """Mounts a tmpfs of so many KiB over a folder; skipped where mounting is not permitted."""
    mounted: list[Path] = []

    def mount(folder: Path, kib: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        kept = tmp_path / f"kept-{folder.name}"
        shutil.copytree(folder, kept, symlinks=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        shutil.copytree(kept, folder, symlinks=True, dirs_exist_ok=True)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def room_used(folder: Path) -> int:
    """KiB that the files of a folder take on a tmpfs."""
    return sum(
        (p.stat().st_size + 4095) // 4096 * 4 for p in folder.rglob("*") if p.is_file() and not p.is_symlink()
    )


@pytest.mark.parametrize(("place", "room"), [("landed", 4), ("build", 1024), ("releases", 600)])
def test_a_full_disk_is_a_sentence_and_no_half_release(first, second, tmp_path, small_disk, place, room):
    """A failure means that a full disk breaks what readers have, or cannot be understood."""
    project: Project = first.copy(tmp_path / "project")
    folder = project.data / place
    before = json.loads((project.current / "manifest.json").read_text())["release_id"]
    small_disk(folder, room_used(folder) + room)
    code, said = project.run()
    assert code == 1, said
    assert "disk is full" in said, said
    assert "Traceback" not in said
    assert release_ids(project.data / "releases") == [before]
    assert json.loads((project.current / "manifest.json").read_text())["release_id"] == before
    subprocess.run(["mount", "-o", "remount,size=2g", str(folder)], check=True, env=os.environ)
    code, said = project.run()
    assert code == 0, said
    assert compare(second.current.resolve(), project.current.resolve())[1] == []
