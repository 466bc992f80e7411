"""What landing says when it refuses: the file, what was expected, the nearest thing found, the remedy."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass


def says_disk_full(error: BaseException | str) -> bool:
    """Whether an error of the system or of DuckDB, or its message, means that there is no room left."""
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error)


@dataclass(frozen=True)
class Problem:
    """One refusal in words a person can act on; `file` is the path as the person knows it.

    `passing`: it may well be gone in a minute (a copy under way, another landing), so trying again makes sense.
    """

    file: str
    what: str
    expected: str = ""
    found: str = ""
    nearest: str = ""
    remedy: str = ""
    passing: bool = False

    def __str__(self) -> str:
        lines = [f"{self.file}: {self.what}"]
        for name in ("expected", "found", "nearest", "remedy"):
            if text := getattr(self, name):
                lines.append(f"  {name + ':':<10}{text}")
        return "\n".join(lines)


class LandingError(Exception):
    """Landing stopped and published nothing; `problems` lists every reason."""

    def __init__(self, problems: Problem | Iterable[Problem]):
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @property
    def passing(self) -> bool:
        """Whether every problem may be gone in a minute."""
        return all(problem.passing for problem in self.problems)


class ContractError(LandingError):
    """A source contract (`_<source>__sources.yml`) is not well formed."""
