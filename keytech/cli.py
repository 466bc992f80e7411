"""The `keytech` command: one thin entry per verb; the work is done in the modules it calls."""

from __future__ import annotations

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Research warehouse for China's key-core-technology literature.",
)
