"""Two runs at once: the second says so and stops, or waits where it was asked to."""

from __future__ import annotations

import time

from keytech.lock import EXIT_BUSY
from keytech.release import release_ids


def test_a_second_run_is_refused_with_a_sentence_and_the_first_is_not_disturbed(first, tmp_path):
    """A failure means that two runs write into one build folder."""
    project = first.copy(tmp_path / "project")
    running = project.start()
    while "raw files" not in running.stdout.readline():
        assert running.poll() is None
    code, said = project.run()
    assert code == EXIT_BUSY and "another process works in" in said and f"process {running.pid}" in said, said
    rest, _ = running.communicate()
    assert running.returncode == 0, rest
    assert len(release_ids(project.data / "releases")) == 2


def test_a_second_run_that_waits_finds_nothing_left_to_do(first, tmp_path):
    """A failure means that waiting runs repeat work or never begin."""
    project = first.copy(tmp_path / "project")
    running = project.start()
    time.sleep(0.5)
    code, said = project.run(KEYTECH_WAIT="600")
    rest, _ = running.communicate()
    assert running.returncode == 0, rest
    assert code == 0 and "Nothing has changed" in said, said
    assert len(release_ids(project.data / "releases")) == 2
