"""Resources: the folders of the run, and dbt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource

from keytech import project
from keytech.fingerprint import code_checksums, digest
from keytech.lock import exclusive, wait_seconds
from keytech.origin import Origin, data_origin
from keytech.project import Places

DBT_PARTS = ("models", "seeds", "macros", "analyses/queries", "tests/dbt", "dbt_project.yml", "profiles.yml")


class Workplace(dg.ConfigurableResource):
    """The project's folders, and where its raw files come from; the run that holds it has the build to itself."""

    root: str

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator[Workplace, None, None]:
        with exclusive(self.places.build, "a run", wait_seconds()):
            yield self

    @property
    def places(self) -> Places:
        return Places(Path(self.root))

    @property
    def origin(self) -> Origin:
        return data_origin(self.places)

    def estimator_code(self) -> str:
        """Digest of what an estimate depends on besides its panel and declaration."""
        parts = ("keytech/econometrics", "keytech/studies/run.py", "requirements.lock")
        return digest(code_checksums(self.places.root, parts))


def dbt_executable() -> str:
    """dbt of this environment, whatever PATH says."""
    beside = Path(sys.executable).with_name("dbt")
    return str(beside) if beside.exists() else (shutil.which("dbt") or "dbt")


def ensure_manifest(root: Path) -> Path:
    """target/manifest.json, parsed anew where a model, seed, macro or test has changed since the last parse."""
    target = Places(root).dbt_target
    manifest, mark = target / "manifest.json", target / ".parsed_from"
    key = digest(code_checksums(root, DBT_PARTS))
    if not (manifest.is_file() and mark.is_file() and mark.read_text() == key):
        command = [
            dbt_executable(),
            "--quiet",
            "parse",
            "--project-dir",
            str(root),
            "--profiles-dir",
            str(root),
        ]
        done = subprocess.run(
            [*command, "--target-path", str(target)], cwd=root, capture_output=True, text=True, check=False
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"dbt cannot parse the project:\n{done.stdout}{done.stderr}")
        mark.write_text(key)
    return manifest


ROOT = project.find_root(os.environ.get("KEYTECH_PROJECT") or Path(__file__).parents[1])


def resources() -> dict[str, object]:
    """Resources by the names that assets ask for."""
    dbt = DbtCliResource(project_dir=str(ROOT), profiles_dir=str(ROOT), dbt_executable=dbt_executable())
    return {"workplace": Workplace(root=str(ROOT)), "dbt": dbt}
