"""`keytech releases`: which releases there are, what is in one, and going back to one."""

from __future__ import annotations

from typing import Annotated

import typer

from keytech.project import places
from keytech.release import ReleaseError, read_manifest, release_ids, switch

app = typer.Typer(no_args_is_help=True, help="Releases: list, show, rollback.")


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
def show(
    release_id: Annotated[str, typer.Argument(help="id of a release, or `current`")] = "current",
) -> None:
    """What a release was made from and what it holds."""
    here = places()
    folder = here.current if release_id == "current" else here.releases / release_id
    try:
        manifest = read_manifest(folder)
    except ReleaseError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
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


@app.command()
def rollback(release_id: str) -> None:
    """Point data/current at an earlier release."""
    here = places()
    try:
        switch(here.releases, here.current, release_id)
    except ReleaseError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(f"data/current is now {release_id}")
