"""The `keytech` command: one thin entry per verb; the work is done in the modules it calls."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)

# verb -> module, attribute (a command or a group of commands)
_VERBS = {
    "estimate": ("cli_estimate", "estimate"),
    "land": ("cli_landing", "land_command"),
    "sources": ("cli_landing", "sources"),
    "releases": ("cli_release", "app"),
    "why": ("cli_quality", "why"),
    "sql": ("cli_query", "sql"),
    "export": ("cli_query", "export_table"),
    "names": ("cli_text", "names"),
    "ipc": ("cli_text", "ipc"),
    "simulate": ("cli_simulate", "simulate"),
}


@app.callback()
def keytech() -> None:
    """Research warehouse for China's key-core-technology literature."""


def _register() -> None:
    """Import the verb that was asked for; all of them for help and when used as a library."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    for verb, (module, name) in _VERBS.items():
        if verb == asked or asked not in _VERBS:
            part = getattr(import_module(f"keytech.{module}"), name)
            if isinstance(part, typer.Typer):
                app.add_typer(part, name=verb)
            else:
                app.command(verb)(part)


_register()
