"""Which raw files there are and to which table each belongs; whatever belongs nowhere is refused, never ignored."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keytech.landing.contracts import Source, Table
from keytech.landing.convert import FORMATS, format_of
from keytech.landing.errors import LandingError, Problem
from keytech.landing.headers import nearest

_IGNORED = re.compile(r"\..*|~\$.*|readme.*|thumbs\.db|desktop\.ini", re.IGNORECASE)


@dataclass(frozen=True)
class RawEntry:
    """One raw file of a table; `shown` is its path relative to the raw root, as `_file` gives it."""

    source: str
    table: Table
    path: Path
    shown: str
    contract: str


def find_files(raw: Path, source: Source, root: Path) -> list[RawEntry]:
    """The files of one source in order of their path; raises LandingError for files that no table claims."""
    folder, entries, problems = raw / source.name, [], []
    contract = _shown_contract(source, root)
    for path in sorted(_walk(folder), key=lambda path: path.relative_to(raw).as_posix()):
        inside = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        shown = path.relative_to(raw).as_posix()
        table = next((table for table in source.tables if _claims(table, inside)), None)
        if table is None:
            problems.append(_unclaimed(shown, source, contract))
        elif format_of(path) is None:
            problems.append(_unknown_format(shown, table))
        else:
            entries.append(RawEntry(source.name, table, path, shown, contract))
    if problems:
        raise LandingError(problems)
    return entries


def refuse_unknown_folders(raw: Path, sources: tuple[Source, ...]) -> None:
    """Raise LandingError for anything under the raw root that is no source folder."""
    names = [source.name for source in sources]
    problems = []
    for path in sorted(raw.iterdir()) if raw.is_dir() else ():
        if _IGNORED.fullmatch(path.name) or (path.is_dir() and path.name in names):
            continue
        is_source = path.is_dir()
        near = nearest([path.name], names) if is_source else None
        problems.append(
            Problem(
                path.name + ("/" if is_source else ""),
                "unknown source folder" if is_source else "lies outside any source folder",
                expected=f"a folder named after a source: {', '.join(names)}",
                nearest=near or "",
                remedy=f"rename it to {near}"
                if near
                else "move it into the folder of its source, or describe "
                "the source in models/staging/<source>/_<source>__sources.yml",
            )
        )
    if problems:
        raise LandingError(problems)


def checksum(path: Path) -> str:
    """sha256 of a file, read in a stream."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _walk(folder: Path) -> Iterator[Path]:
    seen: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place) / name for name in files if not _IGNORED.fullmatch(name))


def _claims(table: Table, inside: str) -> bool:
    return any(_pattern(glob).fullmatch(inside) for glob in table.file_patterns)


def _pattern(glob: str) -> re.Pattern[str]:
    """A glob as a regular expression: `**/` any folders or none, `*` and `?` within one name; case is ignored."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", unicodedata.normalize("NFC", glob))
    wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(wild.get(piece, re.escape(piece)) for piece in pieces), re.IGNORECASE)


def _unclaimed(shown: str, source: Source, contract: str) -> Problem:
    patterns = {glob: table.name for table in source.tables for glob in table.file_patterns}
    near = nearest([Path(shown).name], list(patterns))
    return Problem(
        shown,
        f"belongs to no table of source {source.name}",
        expected="; ".join(f"{table.name}: {' or '.join(table.file_patterns)}" for table in source.tables),
        nearest=f"{near} ({patterns[near]})" if near else "",
        remedy=f"rename or remove the file, or add a pattern to file_patterns in {contract}",
    )


def _unknown_format(shown: str, table: Table) -> Problem:
    return Problem(
        shown,
        f"has an ending that landing does not read (table {table.name})",
        expected=", ".join(ending for endings in FORMATS.values() for ending in endings),
        remedy="unpack or export it to one of these formats, or remove it from the folder",
    )


def _shown_contract(source: Source, root: Path) -> str:
    return source.path.relative_to(root).as_posix() if source.path.is_relative_to(root) else str(source.path)
