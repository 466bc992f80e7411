"""`keytech sql` and `keytech export`: a release for analysts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape

from keytech.project import places
from keytech.reading import folder_of
from keytech.release import ReleaseError, read_manifest

err = Console(stderr=True)
FORMATS = ("table", "csv", "json", "markdown")
Release = Annotated[str, typer.Option("--release", help="Id or number of a release.")]


def sql(
    query: Annotated[str | None, typer.Argument(help="One query in DuckDB's SQL.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Read the query from a file.")] = None,
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "table",
    limit: Annotated[int, typer.Option(min=0, help="Print so many rows at most; 0 prints all.")] = 1000,
    release: Release = "current",
) -> None:
    """Ask a release in SQL, read-only: `keytech sql "select count(*) from panels.pnl_talent_keytech"`."""
    from keytech.query import ask

    if (query is None) == (file is None) or form not in FORMATS:
        err.print(f"give a query or --file, and one of --format {', '.join(FORMATS)}", highlight=False)
        raise typer.Exit(2)
    try:
        answer = ask(folder_of(release, places()), file.read_text(encoding="utf-8") if file else query, limit)
    except (ReleaseError, OSError) as error:
        err.print(f"[bold red]error[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None
    typer.echo(_printed(answer.frame, form))
    if len(answer.frame) < answer.rows:
        err.print(f"{len(answer.frame):,} of {answer.rows:,} rows; --limit 0 prints all", highlight=False)


def _printed(frame: pd.DataFrame, form: str) -> str:
    if form == "csv":
        return frame.to_csv(index=False, lineterminator="\n").rstrip("\n")
    if form == "json":
        return frame.to_json(orient="records", force_ascii=False, date_format="iso", indent=1)
    if form == "markdown":
        return frame.to_markdown(index=False)
    return frame.to_string(index=False, max_colwidth=60)


def export_table(
    table: Annotated[str, typer.Argument(help="Table of the release, e.g. panels.pnl_talent_keytech.")],
    out: Annotated[Path, typer.Option("--out", help="File to write: .csv, .dta (Stata 15) or .xlsx.")],
    private: Annotated[
        bool, typer.Option("--private", help="Write rows of licensed or personal data; they must stay here.")
    ] = False,
    release: Release = "current",
) -> None:
    """Write a table for Stata, Excel or R, with labels. Rows of licensed or personal data need --private."""
    from keytech.descriptor import read_descriptor
    from keytech.query import QueryError, export
    from keytech.report import catalog

    try:
        folder = folder_of(release, places())
        resources = read_descriptor(folder)
        if table not in resources:
            raise QueryError(f"no table {table!r}; there are: {', '.join(sorted(resources))}")
        licensed = read_manifest(folder)["data_origin"] == "licensed"
        privacy = catalog.read(folder).privacy_of(table.split(".")[1]) if licensed else "public"
        if privacy != "public" and not private and not table.startswith("results."):
            raise QueryError(
                f"{table} holds rows of {privacy} data. With --private they are written for your eyes only: the file "
                "must stay where the licence allows"
            )
        rows = export(folder, table, out, resources[table])
    except ReleaseError as error:
        err.print(f"[bold red]error[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None
    if privacy != "public":
        out.chmod(0o600)
    err.print(f"{rows:,} rows to {escape(str(out))}", highlight=False)
