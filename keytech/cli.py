"""The `keytech` command: one thin entry per verb; the work is done in the modules it calls."""

from __future__ import annotations

import typer

from keytech import cli_estimate

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Research warehouse for China's key-core-technology literature.",
)
app.command("estimate")(cli_estimate.estimate)


@app.callback()
def _verbs() -> None:
    """Keep the verb in the command line even while there is only one."""
