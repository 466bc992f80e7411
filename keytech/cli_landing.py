"""`keytech land` and `keytech sources`: landing and the contracts, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

from keytech.landing import (
    Column,
    LandingError,
    LandingReport,
    Source,
    Store,
    Table,
    default_folders,
    find_root,
    find_source,
    land,
    land_source,
    load_contracts,
)

out, err = Console(), Console(stderr=True)
Raw = Annotated[Path | None, typer.Option(help="Raw root; default KEYTECH_RAW or data/raw.")]
Landed = Annotated[Path | None, typer.Option(help="Landed folder; default KEYTECH_LANDED or data/landed.")]


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn a LandingError into its message and exit code 2."""
    try:
        yield
    except LandingError as error:
        for problem in error.problems:
            err.print(f"[bold red]error[/] {escape(str(problem))}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None


def land_command(
    raw: Raw = None,
    landed: Landed = None,
    source: Annotated[str | None, typer.Option(help="Land this source only.")] = None,
) -> None:
    """Land raw files: typed Parquet by contract, rejects with reasons; unchanged files are skipped."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,} rows"))
    with _refusals(), Progress(*columns, TimeElapsedColumn(), console=err, transient=True) as bar:
        task = bar.add_task("looking for raw files", total=None)
        seen: dict[str, int] = {}

        def progress(file: str, rows: int) -> None:
            seen[file] = seen.get(file, 0) + rows
            bar.update(task, description=escape(file), completed=seen[file])

        if source:
            report = land_source(source, raw, landed, progress=progress)
        else:
            report = land(raw, landed, progress=progress)
    _print_report(report)


def _print_report(report: LandingReport) -> None:
    grid = Grid("source", "table", title=None, box=None, header_style="bold", pad_edge=False)
    for heading in ("files", "new", "read", "landed", "rejected", "seconds"):
        grid.add_column(heading, justify="right")
    for source in report.sources:
        for table in source.tables:
            mine = [
                o for o in report.files if (o.record.source, o.record.table_name) == (source.name, table.name)
            ]
            if mine:
                grid.add_row(source.name, table.name, *_sums(mine))
    out.print(grid if report.files else "no raw files; every table landed empty")
    for warning in report.warnings:
        err.print(f"[yellow]warning[/] {escape(warning)}", highlight=False, soft_wrap=True)
    for file in report.removed:
        err.print(f"removed {escape(file)}: the raw file is gone", highlight=False, soft_wrap=True)
    unchanged = sum(outcome.action == "unchanged" for outcome in report.files)
    out.print(
        f"{len(report.files)} files in {report.seconds:.1f} s, {unchanged} of them unchanged and skipped",
        highlight=False,
    )


def _sums(outcomes: list) -> list[str]:
    records = [outcome.record for outcome in outcomes]
    new = sum(outcome.action == "landed" for outcome in outcomes)
    rows = [sum(getattr(r, name) for r in records) for name in ("rows_read", "rows_landed", "rows_rejected")]
    seconds = sum(outcome.seconds for outcome in outcomes)
    return [str(len(records)), str(new), *(f"{count:,}" for count in rows), f"{seconds:.1f}"]


sources = typer.Typer(help="The raw sources: what is present, and what each contract asks for.")


@sources.callback(invoke_without_command=True)
def list_sources(context: typer.Context, raw: Raw = None, landed: Landed = None) -> None:
    """List sources and tables with the raw files, landed rows and state of each."""
    if context.invoked_subcommand:
        return
    with _refusals():
        root = find_root()
        contracts = load_contracts(root)
        raw_folder, landed_folder = default_folders(raw, landed, root)
        records = Store(landed_folder).records()
    grid = Grid("source", "table", "", box=None, header_style="bold", pad_edge=False)
    for heading in ("files", "landed", "rejected"):
        grid.add_column(heading, justify="right")
    grid.add_column("state")
    for source in contracts:
        present = _has_files(raw_folder / source.name)
        for table in source.tables:
            mine = [r for r in records if (r.source, r.table_name) == (source.name, table.name)]
            grid.add_row(
                source.name,
                table.name,
                table.label_zh,
                str(len(mine)),
                f"{sum(r.rows_landed for r in mine):,}",
                f"{sum(r.rows_rejected for r in mine):,}",
                _state(bool(mine), present),
            )
    out.print(grid)
    out.print("keytech sources show NAME prints what to ask the provider for", style="dim")


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))


def _state(landed: bool, present: bool) -> str:
    if landed:
        return "[green]landed[/]" if present else "[yellow]landed, raw files gone: run keytech land[/]"
    return "[yellow]not landed: run keytech land[/]" if present else "[dim]absent[/]"


@sources.command("show")
def show_source(name: Annotated[str, typer.Argument(help="Name of the source.")]) -> None:
    """Print a contract as one wants it before requesting the data, in English and Chinese."""
    with _refusals():
        source = find_source(name, load_contracts())
    _print_source(source)
    for table in source.tables:
        _print_table(source, table)


def _print_source(source: Source) -> None:
    out.print(f"[bold]{source.name}[/]  {source.label_en} / {source.label_zh}")
    out.print(source.description)
    lines = (
        ("Provider / 提供方", f"{source.provider_en} / {source.provider_zh}"),
        ("How to request", source.request_en),
        ("如何申请", source.request_zh),
        ("Studies / 用于研究", ", ".join(source.studies)),
        ("Put files under / 存放于", f"data/raw/{source.name}/"),
    )
    for title, text in lines:
        out.print(f"  [bold]{title}:[/] {escape(text)}", highlight=False)


def _print_table(source: Source, table: Table) -> None:
    out.print()
    out.print(f"[bold]{source.name}.{table.name}[/]  {table.label_zh}: {escape(table.description)}")
    lines = (
        ("Files / 文件名", " or ".join(table.file_patterns)),
        ("Formats / 格式", "csv (" + ", ".join(table.encodings) + "), xlsx, dta, parquet"),
        ("Key / 主键", ", ".join(table.key) or "none"),
        ("Privacy / 隐私级别", table.privacy),
    )
    for title, text in lines:
        out.print(f"  [bold]{title}:[/] {escape(text)}", highlight=False)
    grid = Grid("column", "中文", "meaning", "type", "unit", "must", "accepted headers", header_style="bold")
    for column in table.columns:
        grid.add_row(*(escape(cell) for cell in _cells(column)))
    out.print(grid)


def _cells(column: Column) -> list[str]:
    must = ["header" if column.required else "", "value" if not column.nullable else ""]
    meaning = column.description
    if column.allowed:
        meaning += f" (one of: {', '.join(column.allowed)})"
    return [
        column.name,
        column.label_zh,
        meaning,
        column.data_type,
        column.unit or "",
        " + ".join(word for word in must if word),
        ", ".join(column.headers),
    ]
