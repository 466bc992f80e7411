"""Source contracts: the dbt source YAML read into frozen dataclasses and checked.

`models/staging/<source>/_<source>__sources.yml` is the only description of a raw source. A source with
`config.meta.raw: false` describes tables that the warehouse makes itself (the landing manifests); it is no
raw source and is left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from keytech.landing.errors import ContractError, Problem
from keytech.landing.headers import normalise

DATA_TYPES = re.compile(r"varchar|bigint|integer|double|date|boolean|decimal\(\d{1,2},\s*\d{1,2}\)")
PRIVACY = ("public", "licensed", "personal")
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "big5")

# The C loader where PyYAML carries it: ten times faster.
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Keys a person may write at each level; anything else is a typing error that would otherwise go unnoticed.
_DBT = {"data_tests", "tags"}
_SOURCE = {"name", "description", "config", "tables"} | _DBT
_SOURCE_META = {"label_en", "label_zh", "provider_en", "provider_zh", "request_en", "request_zh", "studies"}
_SOURCE_META |= {"external_location", "caveats_en", "caveats_zh", "raw", "owner"}
_TABLE = {"name", "description", "config", "columns"} | _DBT
_TABLE_META = {"label_zh", "label_en", "file_patterns", "encodings", "key", "privacy"}
_TABLE_META |= {"caveats_en", "caveats_zh", "external_location", "owner", "period"}
_COLUMN = {"name", "description", "data_type", "config"} | _DBT
_COLUMN_META = {"label_zh", "label_en", "aliases", "required", "unit", "nullable", "allowed"}
_COLUMN_META |= {"caveats_en", "caveats_zh", "source_variable"}
_CONFIG = {"meta", "tags", "enabled", "freshness", "loaded_at_field"}


@dataclass(frozen=True)
class Column:
    """One column: its type and unit, its meaning in both languages, the raw headers it may come under."""

    name: str
    description: str
    data_type: str
    label_zh: str
    aliases: tuple[str, ...]
    required: bool
    nullable: bool
    unit: str | None
    allowed: tuple[str, ...] | None

    @property
    def headers(self) -> tuple[str, ...]:
        """Every raw header accepted for the column: its aliases and its own name."""
        return tuple(dict.fromkeys((*self.aliases, self.name)))


@dataclass(frozen=True)
class Table:
    """One raw table: which files carry it and which columns it has.

    `period`: the column (a year or a date) that dates the rows, and the first and last year that a full delivery has.
    """

    name: str
    description: str
    label_zh: str
    file_patterns: tuple[str, ...]
    encodings: tuple[str, ...]
    key: tuple[str, ...]
    privacy: str
    columns: tuple[Column, ...]
    period: tuple[str, int, int] | None = None

    @property
    def contract_hash(self) -> str:
        """sha256 over what decides the landed bytes; labels and descriptions are not part of it."""
        kept = ("name", "data_type", "aliases", "required", "nullable", "allowed")
        columns = [{key: asdict(column)[key] for key in kept} for column in self.columns]
        text = json.dumps([self.encodings, columns], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Source:
    """One raw source: who provides it, how to ask for it, which tables it has; `path` is its contract file."""

    name: str
    description: str
    label_en: str
    label_zh: str
    provider_en: str
    provider_zh: str
    request_en: str
    request_zh: str
    studies: tuple[str, ...]
    tables: tuple[Table, ...]
    path: Path


def find_root(start: str | Path | None = None) -> Path:
    """The folder that holds dbt_project.yml: `start`, else env KEYTECH_PROJECT, else upwards from the cwd.

    Raises ContractError where there is none.
    """
    given = start or os.environ.get("KEYTECH_PROJECT")
    candidates = [Path(given).resolve()] if given else [Path.cwd(), *Path.cwd().parents]
    for folder in candidates:
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise ContractError(
        Problem(
            str(candidates[0]),
            "no dbt_project.yml here" + ("" if given else " or above"),
            remedy="run keytech inside the project, or set KEYTECH_PROJECT to its folder",
        )
    )


def load_contracts(root: str | Path | None = None) -> tuple[Source, ...]:
    """All raw sources of the project, by name; raises ContractError that lists every fault with its file."""
    folder = find_root(root)
    problems: list[Problem] = []
    sources: dict[str, Source] = {}
    for path in sorted((folder / "models" / "staging").glob("*/_*__sources.yml")):
        shown = path.relative_to(folder).as_posix()
        reader = _Reader(shown, problems)
        for source in reader.sources(path):
            if source.name in sources:
                reader.fault(f"source {source.name} is described a second time")
            sources[source.name] = source
    if problems:
        raise ContractError(problems)
    return tuple(sources[name] for name in sorted(sources))


def find_source(name: str, sources: tuple[Source, ...]) -> Source:
    """The source called `name`; raises LandingError naming the nearest one."""
    from keytech.landing.headers import nearest

    for source in sources:
        if source.name == name:
            return source
    names = [source.name for source in sources]
    raise ContractError(
        Problem(name, "no such source", expected=", ".join(names), nearest=nearest([name], names) or "")
    )


class _Reader:
    """Turns one YAML file into Sources, collecting faults instead of stopping at the first."""

    def __init__(self, shown: str, problems: list[Problem]):
        self.shown, self.problems = shown, problems

    def fault(self, what: str, remedy: str = "") -> None:
        self.problems.append(Problem(self.shown, what, remedy=remedy))

    def sources(self, path: Path) -> list[Source]:
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            self.fault(f"not readable as YAML: {error}")
            return []
        found = [self._source(entry, path) for entry in (content or {}).get("sources", [])]
        return [source for source in found if source is not None]

    def _keys(self, where: str, entry: dict[str, Any], allowed: set[str]) -> None:
        for key in entry:
            if key not in allowed:
                self.fault(f"{where}: unknown key {key!r}", f"use one of {', '.join(sorted(allowed))}")

    def _meta(self, where: str, entry: dict[str, Any], allowed: set[str]) -> dict[str, Any]:
        config = entry.get("config") or {}
        self._keys(f"{where}, config", config, _CONFIG)
        meta = config.get("meta") or {}
        self._keys(f"{where}, config.meta", meta, allowed)
        return meta

    def _text(self, where: str, entry: dict[str, Any], key: str) -> str:
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            self.fault(f"{where}: {key} is missing")
            return ""
        return value.strip()

    def _source(self, entry: dict[str, Any], path: Path) -> Source | None:
        where = f"source {entry.get('name')}"
        meta = self._meta(where, entry, _SOURCE_META)
        if meta.get("raw", True) is False:
            return None
        self._keys(where, entry, _SOURCE)
        words = ("label_en", "label_zh", "provider_en", "provider_zh", "request_en", "request_zh")
        return Source(
            name=self._text(where, entry, "name"),
            description=self._text(where, entry, "description"),
            studies=tuple(meta.get("studies") or ()),
            tables=tuple(self._table(where, table) for table in entry.get("tables") or ()),
            path=path,
            **{word: self._text(where, meta, word) for word in words},
        )

    def _table(self, parent: str, entry: dict[str, Any]) -> Table:
        where = f"{parent}, table {entry.get('name')}"
        self._keys(where, entry, _TABLE)
        meta = self._meta(where, entry, _TABLE_META)
        columns = tuple(self._column(where, column) for column in entry.get("columns") or ())
        encodings = tuple(str(name).lower() for name in meta.get("encodings") or ENCODINGS[1:3])
        table = Table(
            name=self._text(where, entry, "name"),
            description=self._text(where, entry, "description"),
            label_zh=self._text(where, meta, "label_zh"),
            file_patterns=tuple(meta.get("file_patterns") or ()),
            encodings=encodings,
            key=tuple(meta.get("key") or ()),
            privacy=self._text(where, meta, "privacy"),
            columns=columns,
            period=self._period(where, meta.get("period"), {column.name for column in columns}),
        )
        self._check_table(where, table)
        return table

    def _period(self, where: str, entry: Any, columns: set[str]) -> tuple[str, int, int] | None:
        if entry is None:
            return None
        whole = isinstance(entry, dict) and set(entry) == {"column", "first", "last"}
        if not whole or entry["column"] not in columns or not int(entry["first"]) <= int(entry["last"]):
            self.fault(
                f"{where}: period is not {{column: <a column>, first: <year>, last: <year>}}: {entry!r}"
            )
            return None
        return entry["column"], int(entry["first"]), int(entry["last"])

    def _check_table(self, where: str, table: Table) -> None:
        if not table.file_patterns:
            self.fault(f"{where}: file_patterns is missing")
        if table.privacy and table.privacy not in PRIVACY:
            self.fault(f"{where}: privacy {table.privacy!r} is none of {', '.join(PRIVACY)}")
        for name in table.encodings:
            if name not in ENCODINGS:
                self.fault(f"{where}: encoding {name!r} is none of {', '.join(ENCODINGS)}")
        names = {column.name for column in table.columns}
        for name in table.key:
            if name not in names:
                self.fault(f"{where}: key column {name!r} is not a column of the table")
        self._check_headers(where, table)

    def _check_headers(self, where: str, table: Table) -> None:
        owner: dict[str, str] = {}
        for column in table.columns:
            for header in column.headers:
                first = owner.setdefault(normalise(header), column.name)
                if first != column.name:
                    self.fault(f"{where}: header {header!r} is claimed by both {first} and {column.name}")
            if column.name.startswith("_"):
                self.fault(f"{where}, column {column.name}: names that begin with _ are kept for landing")

    def _column(self, parent: str, entry: dict[str, Any]) -> Column:
        where = f"{parent}, column {entry.get('name')}"
        self._keys(where, entry, _COLUMN)
        meta = self._meta(where, entry, _COLUMN_META)
        data_type = str(entry.get("data_type", "")).lower().replace(" ", "")
        if not DATA_TYPES.fullmatch(data_type):
            self.fault(
                f"{where}: data_type {data_type!r} is none of "
                "varchar, bigint, integer, double, decimal(p,s), date, boolean"
            )
        allowed = meta.get("allowed")
        return Column(
            name=self._text(where, entry, "name"),
            description=self._text(where, entry, "description"),
            data_type=data_type,
            label_zh=self._text(where, meta, "label_zh"),
            aliases=tuple(str(alias) for alias in meta.get("aliases") or ()),
            required=self._flag(where, meta, "required", False),
            nullable=self._flag(where, meta, "nullable", True),
            unit=meta.get("unit"),
            allowed=None if allowed is None else tuple(str(value) for value in allowed),
        )

    def _flag(self, where: str, meta: dict[str, Any], key: str, default: bool) -> bool:
        value = meta.get(key, default)
        if not isinstance(value, bool):
            self.fault(f"{where}: {key} must be true or false, not {value!r}")
            return default
        return value
