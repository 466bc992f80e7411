"""Licensed or simulated: where the raw files of a run come from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from keytech.fingerprint import code_checksums, digest, file_sha256, tree_paths
from keytech.project import Places
from keytech.simulate import DEFAULT_SEED

SCALE = 1.0
PARTS = ("keytech/simulate", "models/staging", "seeds")


@dataclass(frozen=True)
class Origin:
    """`name` is `licensed` or `simulated`; `raw` the folder that landing reads; `truth` only where simulated."""

    name: str
    raw: Path
    truth: Path | None

    @property
    def parameters(self) -> Path | None:
        """The planted parameters, for the scorecard."""
        return self.truth / "parameters.json" if self.truth else None


def microdata_files(raw: Path) -> list[Path]:
    """Visible files under `raw/<source>/`, the reference tables and notes apart."""
    folders = [
        p
        for p in sorted(raw.glob("*"))
        if p.is_dir() and p.name != "reference" and not p.name.startswith(".")
    ]
    files = (p for folder in folders for p in sorted(folder.rglob("*")) if p.is_file())
    return [p for p in files if not p.name.startswith(".") and not p.name.lower().startswith("readme")]


def data_origin(places: Places) -> Origin:
    """Licensed where `data/raw` holds microdata, simulated otherwise: never a mixture of the two."""
    if microdata_files(places.raw):
        return Origin("licensed", places.raw, None)
    return Origin("simulated", places.simulated / "raw", places.simulated / "truth")


def ensure_simulated(places: Places, *, seed: int = DEFAULT_SEED, scale: float = SCALE) -> bool:
    """Write the synthetic economy where it is missing or stale; returns whether it was written.

    It is stale when seed, scale, the simulator, a source contract or a seed table has changed.
    """
    from keytech.simulate.economy import simulate

    key = digest(code_checksums(places.root, PARTS), str(seed), str(scale))
    mark = places.simulated / "made_from.json"
    if mark.is_file() and json.loads(mark.read_text())["key"] == key:
        return False
    simulate(places.simulated, seed=seed, scale=scale, project=places.root)
    mark.write_text(json.dumps({"key": key, "seed": seed, "scale": scale}))
    return True


def input_paths(places: Places, origin: Origin) -> list[str]:
    """Every raw file and reference file that a run reads, by path below its root."""
    reference = [f"reference/{path}" for path in tree_paths(places.raw / "reference")]
    return [path for path in tree_paths(origin.raw) if not path.startswith("reference/")] + reference


def input_checksums(places: Places, origin: Origin) -> dict[str, str]:
    """Checksums of what a run reads, by path below its root."""
    roots = {
        path: places.raw if path.startswith("reference/") else origin.raw
        for path in input_paths(places, origin)
    }
    return {path: file_sha256(root / path) for path, root in roots.items()}
