"""Publishing under fire: killed at every call to the file system, on a full disk, and read by twenty processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from keytech.release import read_manifest, release_ids
from tests.toy import make

ROOT = Path(__file__).parents[2]
EVERY = os.environ.get("KEYTECH_KILL_EVERY", "6")  # `make test-faults` kills at every call

# Forks one publisher per call of the file system; the n-th is killed at its n-th call that changes the releases.
KILLER = """
import os, signal, sys
from pathlib import Path
from keytech.release import publish
from tests import toy
project, build = Path(sys.argv[1]), Path(sys.argv[2])
CHANGES = {"os.mkdir", "os.rename", "os.symlink", "os.remove", "os.rmdir", "shutil.copytree", "shutil.copyfile", "shutil.rmtree"}
document = toy.manifest(build, "2" * 8)

def publish_and_die(n):
    calls = 0
    def hook(event, arguments):
        nonlocal calls
        writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax")
        if event in CHANGES or writes:
            calls += 1
            if calls == n:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    publish(project / "data/releases", project / "data/current", build=build, manifest=document, finish=toy.finish)

for n in range(1, 200, int(sys.argv[3])):
    child = os.fork()
    if child == 0:
        publish_and_die(n)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    current = os.readlink(project / "data/current")
    seen = sorted(p.name for p in (project / "data/releases").iterdir() if not p.name.startswith("."))
    print(n, os.WIFSIGNALED(status), current, *seen, flush=True)
    if not os.WIFSIGNALED(status):
        break
"""

# Twenty readers, forked after the imports; each goes on until there is a file `stop`, and once more after that.
READERS = """
import os, sys, time, duckdb, keytech, pyarrow.parquet as pq
from pathlib import Path
from keytech import reading
project = Path(sys.argv[1])

def read_on():
    seen, stopping = [], False
    while not stopping:
        stopping = (project / "stop").exists()
        with keytech.open_release(project=project) as release:
            number = int(release.id[:4])
            rows = pq.read_table(release.parquet("marts.fct_toy"))["release"].to_numpy()
            assert (set(rows), len(rows)) == ({number}, 1000), (number, rows)
            assert release.sql("select max(release), count(*) from marts.fct_toy").fetchall() == [(number, 1000)]
        with duckdb.connect(str(project / "data/current/warehouse.duckdb"), read_only=True) as connection:
            assert connection.execute("select count(distinct release), count(*) from marts.fct_toy").fetchone() == (1, 1000)
        seen.append(number)
        time.sleep(0.1)
    assert seen == sorted(seen) and seen[-1] == 6, seen
    return len(set(seen))

children = []
for _ in range(20):
    child = os.fork()
    if child == 0:
        os._exit(read_on())
    children.append(child)
print("ready", flush=True)
print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


def project_at(folder: Path) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "dbt_project.yml").touch()
    return folder


def test_a_publish_killed_at_any_call_leaves_one_whole_release_and_the_next_one_succeeds(tmp_path):
    """A failure means that a crash while publishing leaves readers with half a release, or none."""
    project = project_at(tmp_path / "project")
    first = make(project, "1" * 8)
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(project), str(project / "data" / "build"), EVERY], cwd=ROOT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [line.split() for line in done.stdout.splitlines()]
    second = f"releases/0002-{'2' * 8}"
    switched = next(i for i, line in enumerate(lines) if line[2] == second)
    assert switched >= 3 and lines[-1][1] == "False"
    for i, (_, killed, current, *names) in enumerate(lines):
        assert current == (second if i >= switched else f"releases/{first}")
        assert names in ([first], [first, second.split("/")[1]]), names
        assert killed == "True" or i == len(lines) - 1
    assert (
        read_manifest(project / "data" / "current")["release_id"]
        == release_ids(project / "data" / "releases")[-1]
    )
    assert not list((project / "data" / "releases").glob(".building*"))


def test_twenty_readers_through_five_publishes_each_see_one_whole_release_at_a_time(tmp_path):
    """A failure means that publishing disturbs who is reading, or mixes two releases."""
    project = project_at(tmp_path / "project")
    make(project, "1" * 8, rows="select range as id, 1 as release from range(1000)")
    readers = subprocess.Popen(
        [sys.executable, "-c", READERS, str(project)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert readers.stdout.readline() == "ready\n"
    for n in range(2, 7):
        make(project, str(n) * 8, rows=f"select range as id, {n} as release from range(1000)")
    (project / "stop").touch()
    out, err = readers.communicate()
    assert err == "" and len(out.split()) == 20
    assert all(1 <= int(seen) <= 6 for seen in out.split()), out
