"""`keytech names` and `keytech ipc`: the text processing of the models for a csv file at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape

from keytech.text.tables import TextError

err = Console(stderr=True)
names = typer.Typer(no_args_is_help=True, help="Classify patent owners and match firm names.")
ipc = typer.Typer(no_args_is_help=True, help="Match IPC symbols to technology lists in official notation.")

Out = Annotated[Path, typer.Option("--out", help="Where the result is written (csv, UTF-8).")]


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn a TextError into its message and exit code 2."""
    try:
        yield
    except TextError as error:
        err.print(f"[bold red]error[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None


def _write(frame: pd.DataFrame, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(out, index=False, encoding="utf-8")
    err.print(f"{len(frame):,} rows to {escape(str(out))}", highlight=False)


@names.command("classify")
def classify(
    file: Annotated[Path, typer.Argument(help="csv with a column of applicants.")],
    out: Out,
    column: Annotated[str | None, typer.Option(help="The column; default the first known header.")] = None,
) -> None:
    """Split applicant strings and say of each part: foreign, Hong Kong-Macao-Taiwan, kind, and by which rule."""
    from keytech.text.names import classify_file

    with _refusals():
        _write(classify_file(file, column), out)


@names.command("match")
def match(
    left: Annotated[Path, typer.Argument(help="csv with names to be identified.")],
    right: Annotated[Path, typer.Argument(help="csv with ids and names, optionally former names.")],
    out: Out,
    left_column: Annotated[str | None, typer.Option(help="Name column of LEFT.")] = None,
    right_column: Annotated[str | None, typer.Option(help="Name column of RIGHT.")] = None,
    right_id: Annotated[str | None, typer.Option(help="Id column of RIGHT.")] = None,
    threshold: Annotated[float, typer.Option(help="Least similarity of a fuzzy match.")] = 0.85,
) -> None:
    """Add right_id, match_method and match_score to LEFT; blank where no firm or more than one is meant.

    RIGHT is one row per firm with former names in any number of columns (曾用名, former_names, old_name ...; several in a
    cell separated by ; or an arrow), or one row per name with a column of name types or ends of validity (valid_to).
    Short names (证券简称), credit codes on both sides and 甲公司（原乙公司） are understood. Without an id the name is the id.
    """
    from keytech.text.names import match_files

    with _refusals():
        _write(match_files(left, right, left_column, right_column, right_id, threshold), out)


@ipc.command("match")
def match_ipc(
    codes: Annotated[Path, typer.Argument(help="csv with a column of IPC symbols.")],
    rules: Annotated[Path, typer.Option("--rules", help="csv of patterns, e.g. the official SEI table.")],
    out: Out,
    column: Annotated[str | None, typer.Option(help="The column; default the first known header.")] = None,
) -> None:
    """Say of each symbol which rules and sub-fields it falls under."""
    from keytech.text.ipc import match_ipc_files, unread_symbols

    with _refusals():
        _write(match_ipc_files(codes, rules, column), out)
        unread = unread_symbols(codes, column)
    if unread:
        shown = ", ".join(unread[:5])
        err.print(f"{len(unread):,} cells hold no IPC symbol, e.g. {escape(shown)}", highlight=False)
