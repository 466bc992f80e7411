"""`keytech simulate`: the synthetic economy as raw files, with the truth folder beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from keytech.landing import find_root
from keytech.simulate import economy

err = Console(stderr=True)


def simulate(
    out: Annotated[
        Path, typer.Option(help="Folder that receives raw/ and truth/; replaced as a whole.")
    ] = Path("data/simulated"),
    seed: Annotated[int, typer.Option(help="Same seed and scale, same bytes.")] = economy.DEFAULT_SEED,
    scale: Annotated[
        float, typer.Option(min=1.0, help="Multiplies registrations, customs lines and patents.")
    ] = 1.0,
) -> None:
    """Write the synthetic economy: raw files as vendors deliver them, faults included. It is never passed off as real."""
    with err.status("simulating"):
        folder = economy.simulate(out, seed=seed, scale=scale, project=find_root())
    err.print(f"simulated data (seed {seed}, scale {scale:g}) in {folder}", highlight=False)
