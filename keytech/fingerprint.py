"""What a release was made from, as checksums: raw files, code, lock file, commit."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

CODE = ("models", "seeds", "macros", "analyses/studies", "tests/dbt", "expectations", "keytech", "dagster_defs")
CODE_FILES = ("dbt_project.yml", "profiles.yml", "requirements.lock")
SUFFIXES = {".sql", ".yml", ".csv", ".py", ".html", ".css", ".js"}


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tree_paths(root: Path) -> list[str]:
    """Relative paths of the visible files below `root`, in order."""
    relative = (p.relative_to(root) for p in sorted(root.rglob("*")) if p.is_file())
    return [r.as_posix() for r in relative if not any(part.startswith(".") for part in r.parts)]


def code_checksums(root: Path, parts: tuple[str, ...] = CODE + CODE_FILES) -> dict[str, str]:
    """Relative path -> SHA-256 of the project's own files under `parts`."""
    found: dict[str, str] = {}
    for part in parts:
        place = root / part
        files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.suffix in SUFFIXES)
        found |= {p.relative_to(root).as_posix(): file_sha256(p) for p in files}
    return found


def digest(checksums: dict[str, str], *more: str) -> str:
    """One SHA-256 of a set of checksums and further texts."""
    lines = [f"{value}  {name}" for name, value in sorted(checksums.items())] + list(more)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def git_commit(root: Path) -> str | None:
    """The commit that is checked out, with `+changes` where tracked files differ; None outside a checkout."""
    try:
        head = _git(root, "rev-parse", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    except (subprocess.CalledProcessError, FileNotFoundError):
        return None
    return head + ("+changes" if changed else "")


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()
