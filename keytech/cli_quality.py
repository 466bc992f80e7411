"""`keytech why`: the rows behind a failing check, for the eyes of whoever holds the data."""

from __future__ import annotations

from typing import Annotated

import duckdb
import pandas as pd
import typer

from keytech.project import places

SHOWN = 9  # columns of a raw row that fit a screen, those that led to it first


def why(
    check: Annotated[str | None, typer.Argument(help="Name of a dbt test or border check.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Print so many rows at most.")] = 20,
) -> None:
    """Print the rows that break a check with raw file and row number; without a name, list what does not pass."""
    from keytech.quality import why as reasons

    here = places()
    try:
        if check is None:
            _list(reasons.failing(here))
        else:
            _print(reasons.why(check, here, rows))
    except reasons.UnknownCheck as error:
        typer.echo(f"no check is called {error.name!r}", err=True)
        typer.echo(
            "those most like it:" if error.nearest else "`keytech why` lists what does not pass", err=True
        )
        for name in error.nearest:
            typer.echo(f"  {name}", err=True)
        raise typer.Exit(2) from None
    except (FileNotFoundError, duckdb.IOException) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _list(checks: list) -> None:
    for check in checks:
        typer.echo(f"{check.status:<6}{check.name}  ({', '.join(check.models)}; {check.failures:,} failing)")
    typer.echo("Every check passes." if not checks else "keytech why NAME prints the rows of one.")


def _print(found) -> None:
    last = (
        f"last result: {found.last.status}, severity {found.last.severity}"
        if found.last
        else "has not been run yet"
    )
    typer.echo(f"{found.name}: {found.what}\n{last}; on {', '.join(found.tables)}")
    if found.last and found.last.message:
        typer.echo(found.last.message)
    if not found.total and found.rows.empty:
        typer.echo("No row breaks it.")
        return
    if found.total:
        typer.echo(
            f"\n{found.total:,} row(s) break it"
            + (f", the first {len(found.rows)}:" if found.total > len(found.rows) else ":")
        )
    else:
        typer.echo("\nNo row breaks it. What is judged:")
    typer.echo(_table(found.rows))
    for trace in found.traces:
        typer.echo(
            f"\nIn {trace.table}, by {', '.join(trace.columns)}, these rows of the raw files (_file below the raw folder, _row counts the header):"
        )
        first = [c for c in dict.fromkeys((*trace.columns, "drop_reason")) if c in trace.rows]
        others = [c for c in trace.rows if c not in {"_file", "_row", *first}]
        typer.echo(_table(trace.rows[["_file", "_row", *first, *others][:SHOWN]]))
    if not found.traces and "_file" not in found.rows:
        typer.echo(
            f"\nNo table above {', '.join(found.tables)} shares a column with these rows and knows the raw row. To go on, ask the build:"
        )
        typer.echo('  duckdb.connect("data/build/warehouse.duckdb", read_only=True).sql("from ...")')


def _table(frame: pd.DataFrame) -> str:
    place = [c for c in ("_file", "_row") if c in frame]
    frame = frame[[*place, *(c for c in frame if c not in place)]]
    return frame.to_string(index=False, max_colwidth=50, na_rep="", max_cols=None, line_width=200)
