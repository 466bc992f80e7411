"""The `keytech` command: one thin entry per verb; the work is done in the modules it calls."""

from __future__ import annotations

import typer

from keytech import cli_estimate, cli_landing, cli_quality, cli_query, cli_release, cli_simulate, cli_text

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Research warehouse for China's key-core-technology literature.",
)
app.command("estimate")(cli_estimate.estimate)
app.command("land")(cli_landing.land_command)
app.add_typer(cli_landing.sources, name="sources")
app.add_typer(cli_release.app, name="releases")
app.command("why")(cli_quality.why)
app.command("sql")(cli_query.sql)
app.command("export")(cli_query.export_table)
app.add_typer(cli_text.names, name="names")
app.add_typer(cli_text.ipc, name="ipc")
app.command("simulate")(cli_simulate.simulate)
