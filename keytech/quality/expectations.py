"""What a border check is, and the suites written by hand in `expectations/*.yml`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

LANDED = "landed"
PANELS = "panels"


class SuiteError(ValueError):
    """A suite file is not what it should be; the message names file, check and fault."""


class Label(BaseModel):
    """One sentence in both languages: what must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    en: str
    zh: str


class Answer(BaseModel):
    """Who answers for a warning, why it is borne, and until when."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    owner: str
    reason_en: str
    reason_zh: str
    accepted_until: date


class Expectation(BaseModel):
    """One check of one table.

    `rows` is SQL for the rows that break the rule. `frame` is SQL for a small frame and `expect` what
    great-expectations must find in it (`type` and `kwargs`); without `frame` the frame has one row with `n_checked`,
    `n_failing` and `failing_share`, and the share may not exceed `tolerance`. `reads` names further relations whose
    change calls for a new check. A check of warn severity needs an `answer`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    border: Literal["landed", "panels"]
    table: str
    label: Label
    severity: Literal["error", "warn"] = "error"
    tolerance: float = 0.0
    rows: str | None = None
    frame: str | None = None
    expect: tuple[dict[str, Any], ...] = ()
    reads: tuple[str, ...] = ()
    answer: Answer | None = None
    origin: Literal["contract", "domain"] = "domain"
    privacy: Literal["public", "licensed", "personal"] = "public"

    @model_validator(mode="after")
    def _is_whole(self) -> Expectation:
        if self.rows is None and self.frame is None:
            raise ValueError("needs `rows` or `frame`")
        if (self.frame is None) != (not self.expect):
            raise ValueError("`frame` and `expect` belong together")
        if self.severity == "warn" and self.answer is None:
            raise ValueError("a check of warn severity needs `answer` (owner, reasons, accepted_until)")
        return self

    @property
    def relations(self) -> tuple[str, ...]:
        """Every relation that the check reads, its own table first."""
        return tuple(dict.fromkeys((self.table, *self.reads)))

    @property
    def protected(self) -> bool:
        """Whether a failing count of one to nine must not be shown: it counts records of a source that is not public."""
        return self.privacy != "public" and self.rows is not None

    @property
    def sql(self) -> str:
        """The frame to be judged."""
        return self.frame or (
            f"select n_checked, n_failing, n_failing / greatest(n_checked, 1) as failing_share from"
            f" (select (select count(*) from {self.table}) as n_checked,"
            f" (select count(*) from ({self.rows})) as n_failing)"
        )

    @property
    def judged(self) -> tuple[dict[str, Any], ...]:
        """What the frame must satisfy, as great-expectations writes it."""
        return self.expect or (at_most("failing_share", self.tolerance),)

    def suite_entries(self) -> list[dict[str, Any]]:
        """The check in a great-expectations suite file: its expectations, and its own words as `meta`."""
        meta = {"check": self.name, "table": self.table, "severity": self.severity, "origin": self.origin}
        meta |= {"label_en": self.label.en, "label_zh": self.label.zh, "frame": self.sql}
        if self.answer:
            meta |= self.answer.model_dump(mode="json")
        return [{"type": e["type"], "kwargs": e["kwargs"], "meta": meta} for e in self.judged]


def at_most(column: str, most: float) -> dict[str, Any]:
    """No value of a frame's column exceeds `most`."""
    return {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": column, "max_value": most},
    }


def read_suites(folder: Path, privacy: dict[str, str]) -> list[Expectation]:
    """The checks written by hand in `<folder>/*.yml`, in order of name; `privacy` gives the class of each table.

    Raises SuiteError naming file and check for anything unknown, missing or of an unknown table.
    """
    found: list[Expectation] = []
    for path in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for entry in content.get("expectations", []):
            where = f"{path.name}, {entry.get('name')}"
            if entry.get("table") not in privacy:
                raise SuiteError(f"{where}: no table {entry.get('table')!r} at this border")
            more = {"border": content["border"], "privacy": privacy[entry["table"]]}
            try:
                found.append(Expectation(**entry, **more))
            except (ValidationError, TypeError) as error:
                raise SuiteError(f"{where}: {error}") from error
    return sorted(found, key=lambda e: e.name)
