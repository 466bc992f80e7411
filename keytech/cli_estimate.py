"""`keytech estimate SPEC.yml --data FILE | --table schema.table`: one specification, one table, one result."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from keytech.econometrics import Estimate

_FILE_OPTIONS = ("draws_file", "shares", "shocks")


def estimate(
    spec: Annotated[Path, typer.Argument(help="SPEC.yml", exists=True, dir_okay=False)],
    data: Annotated[Path | None, typer.Option(help="A .csv, .parquet or .dta file.")] = None,
    table: Annotated[str | None, typer.Option(help="A table of the warehouse, schema.table.")] = None,
    warehouse: Annotated[Path | None, typer.Option(help="DuckDB file; default: the current release.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="result.json; or a .csv name for estimators that make tables.")
    ] = None,
) -> None:
    """Estimate one specification and print the coefficients, the statistics and where every row went."""
    from pydantic import ValidationError

    from keytech.econometrics import EstimationError

    try:
        result = run(spec, data, table, warehouse)
    except ValidationError as error:
        _fail("; ".join(dict.fromkeys(_readable(problem) for problem in error.errors())))
    except EstimationError as error:
        _fail(str(error))
    if out:
        write_result(result, out)
    typer.echo(summary(result))


def run(spec: Path, data: Path | None, table: str | None, warehouse: Path | None) -> Estimate:
    """Read the specification and the table it asks for, and estimate."""
    from keytech.econometrics import EstimationError, estimate
    from keytech.econometrics.tables import read_table

    if (data is None) == (table is None):
        raise EstimationError("give either --data FILE or --table schema.table")
    document = read_specification(spec, warehouse if table else None)
    frame = read_table(data) if data else read_warehouse(table, warehouse, document)
    return estimate(document, frame)


def read_specification(path: Path, warehouse: Path | None = None) -> dict[str, Any]:
    """The YAML as a dictionary; tables named in the options are read, paths relative to the specification."""
    import yaml

    from keytech.econometrics import EstimationError
    from keytech.econometrics.tables import read_table

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" at line {place.line + 1}, column {place.column + 1}" if place else ""
        why = getattr(error, "problem", None) or error
        raise EstimationError(f"{path.name} is not YAML{where}: {why}; put formulas in quotes") from error
    if not isinstance(document, dict):
        raise EstimationError(f"{path.name} must be a mapping with at least 'estimator' and 'formula'")
    options = document.get("options") or {}
    document["options"] = options
    for name in _FILE_OPTIONS:
        value = options.get(name)
        if isinstance(value, str):
            near = path.parent / value
            is_file = near.is_file() or Path(value).is_file()
            options[name] = (
                read_table(near if near.is_file() else value) if is_file else read_warehouse(value, warehouse)
            )
    return document


def read_warehouse(
    table: str, warehouse: Path | None, document: dict[str, Any] | None = None
) -> pd.DataFrame:
    """A table of the warehouse, opened read-only and without access to files; only columns the document names."""
    import duckdb

    from keytech.econometrics import EstimationError
    from keytech.econometrics.sample import mentioned, to_frame

    path = warehouse or default_warehouse()
    if not path.is_file():
        raise EstimationError(f"no warehouse at {path} and no file {table!r}; give --warehouse PATH")
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))
    with duckdb.connect(str(path), read_only=True, config={"enable_external_access": "false"}) as connection:
        try:
            relation = connection.sql(f"select * from {quoted}")
            return to_frame(relation, mentioned(document, relation.columns) if document else None)
        except duckdb.Error as error:
            raise EstimationError(f"cannot read {table!r}: {error}") from error


def default_warehouse() -> Path:
    """The current release; before the first release, the build."""
    released = Path("data/current/warehouse.duckdb")
    return (
        released
        if released.is_file()
        else Path(os.environ.get("KEYTECH_BUILD", "data/build")) / "warehouse.duckdb"
    )


def write_result(result: Estimate, out: Path) -> None:
    """JSON; with a .csv name one file per table (`name.table.csv`) beside the coefficients."""
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix.lower() != ".csv":
        out.write_text(
            json.dumps(result.to_dict(), ensure_ascii=False, indent=1, allow_nan=False), encoding="utf-8"
        )
        return
    tables = dict(result.tables)
    if len(result.coefficients):
        result.coefficients.to_csv(out, index=False)
    for name, frame in tables.items():
        frame.to_csv(out.with_name(f"{out.stem}.{name}.csv"), index=False)


def summary(result: Estimate) -> str:
    """A plain-text table."""
    lines = [f"{result.estimator}: {result.formula}", ""]
    if len(result.coefficients):
        lines += [result.coefficients.to_string(index=False, float_format=lambda value: f"{value:.6g}"), ""]
    lines += [f"{name:28s} {_number(value)}" for name, value in result.statistics.items()]
    lines += ["", "rows: " + ", ".join(f"{name} {value}" for name, value in result.sample.items() if value)]
    lines += [f"warning: {text}" for text in result.warnings]
    lines += [f"{result.seconds:.2f} seconds"]
    return "\n".join(lines)


def _number(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_number(part) for part in value) + "]"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _readable(problem: Any) -> str:
    """One problem of a specification in words; our own messages as they are."""
    place = ".".join(str(part) for part in problem["loc"])
    text = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] in ("value_error", "unknown_key"):
        return text
    return f"{place}: {text}" if place else text


def _fail(message: str) -> None:
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(2)
