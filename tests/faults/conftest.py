"""One finished run of the small project, copied by every test that disturbs a second one."""

from __future__ import annotations

import pytest

from tests.faults.project import Project, make_project


@pytest.fixture(scope="session")
def first(tmp_path_factory) -> Project:
    """The small project with its first release and changed raw files, ready for a second run."""
    project = make_project(tmp_path_factory.mktemp("small") / "project")
    code, said = project.run()
    assert code == 0, said
    path = project.data / "raw" / "firms" / "企业年度2015.csv"
    path.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[:41]) + "\n", encoding="utf-8")
    return project


@pytest.fixture(scope="session")
def second(first, tmp_path_factory) -> Project:
    """The same after an undisturbed second run."""
    project = first.copy(tmp_path_factory.mktemp("undisturbed") / "project")
    code, said = project.run()
    assert code == 0, said
    return project
