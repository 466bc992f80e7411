"""What may be said about data that are not public: messages without values, for logs, orchestrator and alerts.

Values of a licensed or personal source stay in the raw files, the landed files and the warehouse of their owner, and in
`data/build/dbt.log`, which is as private as the warehouse. Whatever else is written is made of names of columns, tables and files, and of counts.
"""

from __future__ import annotations

import re

from keytech.landing.errors import LandingError, Problem

_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|“[^”\n]*”|「[^」\n]*」|`[^`\n]*`")
_KEY = re.compile(r"((?:duplicate key|key \()[^\n]*?)[:=]\s*[^\n]*", re.IGNORECASE)


def redacted(message: str) -> str:
    """A message of a database or a library without what stands in quotation marks or after a violated key.

    A name of a column that stands in quotation marks is lost too; the full text is where the message came from.
    """
    return _KEY.sub(r"\1 …", _QUOTED.sub("…", message))


def told(error: LandingError) -> str:
    """Why landing refused, without the cells that it found: a file without a header shows a record as its header."""
    return "\n".join(_told(problem) for problem in error.problems)


def _told(problem: Problem) -> str:
    lines = [f"{problem.file}: {redacted(problem.what)}"]
    lines += [f"  {name + ':':<10}{text}" for name in ("expected",) if (text := getattr(problem, name))]
    return "\n".join([*lines, "  `keytech land` shows what was found"])
