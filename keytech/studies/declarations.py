"""The declared tables: analyses/studies/*.yml read into checked objects. A table is data, an estimator is code."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from keytech.econometrics import Specification


class DeclarationError(ValueError):
    """A study file does not say what it must; the message names file, table and column."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Strict):
    """A text in both languages."""

    en: str
    zh: str


class Paper(_Strict):
    """Where the tables come from. `proposed_spec` marks a design that the paper did not publish."""

    title: str
    authors: str
    file: str = ""
    proposed_spec: bool = False


class Column(_Strict):
    """One regression of a table.

    `formula` may use the study's sets, `{controls}`, and so may texts in `options`. `panel`, `vcov` fall back to the
    study's. `first_stage: true` adds the first-stage rows of an `iv` column (outcome = the endogenous variable), as
    papers print below the table. `published` names the (table, column) of the paper whose numbers stand beside this
    one; same ids by default. An option that wants a table names a panel, `shares: {panel: pnl_x, rename: {share: y}}`
    (new name: column). The choices of a specification curve may carry labels, `choices: {sample: {all: null}}`.
    `report` says which numbers of the estimate are the table's (keytech.studies.reports), `by` the groups of
    predictions.
    """

    column_id: str
    label: Label
    estimator: str
    formula: str = ""
    panel: str | None = None
    sample: str | None = None
    vcov: Any = None
    weights: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    headline: bool = False
    first_stage: bool = False
    report: Literal[
        "coefficients", "descriptives", "marginal_effects", "means", "predictions", "rotemberg"
    ] = "coefficients"
    by: str | None = None
    published: Any = "same"
    note: Label | None = None

    @model_validator(mode="after")
    def _groups_belong_to_predictions(self) -> Column:
        if (self.report == "predictions") != (self.by is not None):
            raise ValueError(f"column {self.column_id}: 'report: predictions' and 'by' go together")
        return self

    @property
    def choices(self) -> dict[str, dict[str, Any]]:
        """Labelled choices of a specification curve: key -> label -> value; values label themselves in a list."""
        said = self.options.get("choices", {})
        return {k: v if isinstance(v, dict) else {str(x): x for x in v} for k, v in said.items()}

    @property
    def table_options(self) -> dict[str, dict[str, Any]]:
        """Options that are a panel: option -> {panel, rename}."""
        return {k: v for k, v in self.options.items() if isinstance(v, dict) and "panel" in v}


class Table(_Strict):
    """One declared table; `columns` in print order."""

    table_id: str
    label: Label
    columns: tuple[Column, ...]
    note: Label | None = None


class Drawing(_Strict):
    """A figure that draws a mart: `value` (divided by `per`) summed by `category`, one line per `series`.

    `kind` points sets `value` against `against`; `counted` names the column of units behind a cell, which is withheld
    under ten; `words` says a category in both languages.
    """

    figure_id: str
    label: Label
    mart: str
    kind: Literal["lines", "bars", "tiles", "points"]
    category: str
    value: str
    per: float = 1.0
    series: str | None = None
    against: str | None = None
    counted: str | None = None
    where: str | None = None
    words: dict[str, Label] = Field(default_factory=dict)


class Study(_Strict):
    """One study file.

    `printed` maps a statistic as the paper names it to the estimators' name (`pseudo_r2: pseudo_r2_nagelkerke`).
    `codebook` names a mart whose rows the study's page lists. `personal: true` where rows are people: no estimate, share or mean of fewer than ten of them, nor what gives it away.
    """

    study: str
    label: Label
    paper: Paper
    panel: str
    defaults: dict[str, Any] = Field(default_factory=dict)
    sets: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    printed: dict[str, str] = Field(default_factory=dict)
    personal: bool = False
    tables: tuple[Table, ...]
    figures: tuple[Drawing, ...] = ()
    codebook: str | None = None

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Study:
        seen: set[tuple[str, str]] = set()
        for table in self.tables:
            for column in table.columns:
                key = (table.table_id, column.column_id)
                if key in seen:
                    raise ValueError(f"table {key[0]} column {key[1]} is declared twice")
                seen.add(key)
        return self

    def panel_of(self, column: Column) -> str:
        """Name of the panel that a column is estimated on."""
        return column.panel or self.panel

    def panels_of(self, column: Column) -> set[str]:
        """Every panel that a column reads, those in its options included."""
        return {self.panel_of(column)} | {option["panel"] for option in column.table_options.values()}

    def formula_of(self, column: Column) -> str:
        """The column's formula with the study's sets written out."""
        return self._written_out(column.formula, column)

    def _written_out(self, said: Any, column: Column) -> Any:
        """A text with the study's sets written out; so are the texts in lists and mappings."""
        if isinstance(said, dict):
            return {key: self._written_out(value, column) for key, value in said.items()}
        if isinstance(said, list):
            return [self._written_out(value, column) for value in said]
        if not isinstance(said, str):
            return said
        try:
            return said.format_map({name: " + ".join(terms) for name, terms in self.sets.items()})
        except KeyError as missing:
            raise DeclarationError(
                f"{self.study}: column {column.column_id} uses the set {missing}, known sets: {sorted(self.sets)}"
            ) from missing

    def specification(self, column: Column) -> Specification:
        """The column as the estimators want it; tables named in options are not read yet."""
        options = self._written_out(column.options, column)
        if column.choices:
            labelled = self._written_out(column.choices, column)
            options |= {"choices": {key: list(values.values()) for key, values in labelled.items()}}
        if column.report in {"marginal_effects", "rotemberg"}:
            options |= {column.report: True}
        return Specification(
            estimator=column.estimator,
            formula=self.formula_of(column),
            vcov=column.vcov if column.vcov is not None else self.defaults.get("vcov", "iid"),
            weights=column.weights,
            sample=column.sample,
            options=options,
        )


def read_study(path: Path) -> Study:
    """Read and check one study file, every specification included."""
    try:
        study = Study.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise DeclarationError(f"{path.name}: {error}") from error
    if study.study != path.stem:
        raise DeclarationError(f"{path.name}: study is {study.study!r}, the file name says {path.stem!r}")
    for table in study.tables:
        for column in table.columns:
            try:
                study.specification(column)
            except ValueError as error:
                place = f"{path.name}: table {table.table_id} column {column.column_id}"
                raise DeclarationError(f"{place}: {error}") from error
    return study


def read_studies(folder: Path) -> list[Study]:
    """All study files of a folder, by name."""
    return [read_study(path) for path in sorted(folder.glob("*.yml"))]
