"""`keytech releases`: which releases there are, what is in one, how two differ, going back, tidying up, making one again."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from keytech.lock import EXIT_BUSY, Busy
from keytech.project import places
from keytech.reading import folder_of
from keytech.release import ReleaseError, read_manifest, release_ids, switch

app = typer.Typer(no_args_is_help=True, help="Releases: list, show, diff, rollback, prune, verify.")
err = Console(stderr=True)
Id = Annotated[str, typer.Argument(help="Id of a release, its number, or `current`.")]


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what cannot be done into its sentence and an exit code: 2, or 75 where another process is at work."""
    try:
        yield
    except (ReleaseError, ValueError) as error:
        err.print(f"[bold red]error[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None
    except Busy as busy:
        err.print(escape(str(busy)), highlight=False, soft_wrap=True)
        raise typer.Exit(EXIT_BUSY) from None


@app.command("list")
def list_releases() -> None:
    """All releases, oldest first; the current one is marked."""
    here = places()
    current = here.current.resolve().name if here.current.exists() else None
    for name in release_ids(here.releases):
        manifest = read_manifest(here.releases / name)
        mark = "*" if name == current else " "
        commit = (manifest["git_commit"] or "no commit")[:12]
        rows = sum(mart["rows"] for mart in manifest["marts"])
        typer.echo(
            f"{mark} {name}  {manifest['data_origin']:<10} {commit:<13} {len(manifest['marts'])} tables, {rows:,} rows"
        )


@app.command()
def show(release_id: Id = "current") -> None:
    """What a release was made from and what it holds."""
    with _refusals():
        manifest = read_manifest(folder_of(release_id, places()))
    typer.echo(
        f"release {manifest['release_id']}: {manifest['data_origin']} data, commit {manifest['git_commit']}"
    )
    typer.echo(
        f"{len(manifest['raw_files'])} raw files, lock file {manifest['requirements_lock_sha256'][:12]}"
    )
    for mart in manifest["marts"]:
        typer.echo(f"  {mart['schema'] + '.' + mart['name']:<48}{mart['rows']:>12,}  {mart['sha256'][:12]}")
    for name, rows in manifest["results"].items():
        typer.echo(f"  {'results.' + name:<48}{rows:>12,}")
    typer.echo("checks: " + ", ".join(f"{name} {n}" for name, n in manifest["checks"].items()))


@app.command("diff")
def diff_releases(
    old: Id,
    new: Id = "current",
    top: Annotated[int, typer.Option(help="Show so many of the estimates that moved most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Which tables changed and by how many rows, and which estimates moved by how many standard errors."""
    from keytech.release_diff import diff

    with _refusals(), tempfile.TemporaryDirectory() as spill:
        found = diff(
            folder_of(old, places()),
            folder_of(new, places()),
            memory=os.environ.get("KEYTECH_MEMORY", "1GB"),
            spill=Path(spill),
        )
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=1))
        return
    for sentence in found.inputs:
        typer.echo(sentence)
    typer.echo(f"tables: {len(found.tables)} differ")
    for table in found.tables:
        typer.echo(f"  {table.table:<44} {_rows_said(table)}")
    typer.echo(
        f"estimates: {len(found.moved)} moved, {found.unmoved} as before, "
        f"{found.new_estimates} new, {found.lost_estimates} gone"
    )
    for move in found.moved[:top]:
        by = "no error before" if move.by is None else f"{move.by:+.2f} se"
        stars = (
            ""
            if move.stars[0] == move.stars[1]
            else f"  stars {move.stars[0] or 'none'} -> {move.stars[1] or 'none'}"
        )
        typer.echo(f"  {move.place:<64} {move.old:>11.4f} -> {move.new:>11.4f}  {by}{stars}")
    if len(found.moved) > top:
        typer.echo(f"  and {len(found.moved) - top} more: --top or --json shows them")


def _rows_said(table) -> str:
    said = [
        f"{n:,} {what}"
        for n, what in ((table.added, "added"), (table.removed, "removed"), (table.changed, "changed"))
        if n
    ]
    said += [
        f"column {name} {what}"
        for names, what in ((table.new_columns, "new"), (table.lost_columns, "gone"))
        for name in names
    ]
    if table.columns:
        shown = [f"{name} {n:,}" for name, n in list(table.columns.items())[:4]]
        said.append("in " + ", ".join(shown) + (" ..." if len(table.columns) > 4 else ""))
    unkeyed = (
        ""
        if table.key or table.status != "changed"
        else " (no key: a changed row is one removed and one added)"
    )
    return f"{table.status}: {', '.join(said) or 'same rows, stored otherwise'}{unkeyed}"


@app.command()
def rollback(release_id: Annotated[str, typer.Argument(help="Id or number of an earlier release.")]) -> None:
    """Point data/current at an earlier release, atomically; who reads the other one is not disturbed."""
    here = places()
    with _refusals():
        name = folder_of(release_id, here).name
        switch(here.releases, here.current, name)
    typer.echo(f"data/current is now {name}")


@app.command("prune")
def prune_releases(
    keep: Annotated[int, typer.Option(help="Keep so many of the newest releases.")],
    rehearse: Annotated[bool, typer.Option(help="Only say what would go.")] = False,
) -> None:
    """Remove old releases; the current one and those that somebody reads stay."""
    from keytech.release_prune import prune

    here = places()
    with _refusals():
        done = prune(here.releases, here.current, keep, rehearse=rehearse)
    for name in done.removed:
        typer.echo(f"{'would remove' if rehearse else 'removed'} {name}")
    for name, reason in done.kept:
        typer.echo(f"kept {name}: {reason}")


@app.command("verify")
def verify_release(
    release_id: Id = "current",
    scratch: Annotated[
        Path | None, typer.Option(help="Empty folder to rebuild in; default a temporary one.")
    ] = None,
) -> None:
    """Make a release again from its manifest (raw files, commit, versions, seed) and compare every byte.

    Exit code 0: it is the same; 1: something differs; 2: it cannot be made again here, and why.
    """
    from keytech.release_verify import verify

    place = scratch or Path(tempfile.mkdtemp(prefix="keytech-verify-"))
    place.mkdir(parents=True, exist_ok=True)
    with _refusals():
        if any(place.iterdir()):
            raise ReleaseError(f"{place} is not empty")
        verdict = verify(folder_of(release_id, places()), places(), place, typer.echo)
    for sentence in (*verdict.missing, *verdict.different):
        typer.echo(f"  {sentence}")
    if verdict.missing:
        typer.echo("The release cannot be made again here.")
        raise typer.Exit(2)
    if verdict.different:
        typer.echo(
            f"{len(verdict.different)} files differ, {verdict.same} are the same; the rebuild is in {place}"
        )
        raise typer.Exit(1)
    typer.echo(f"The release was made again: all {verdict.same} files are the same.")
    if scratch is None:
        shutil.rmtree(place)
