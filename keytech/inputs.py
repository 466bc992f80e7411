"""What a build was made from: noted when a run begins, ticked off as sources are built, compared when a release is made.

`<build>/inputs.json`       raw files (checksum, size, time) and code as the last run found them
`<build>/built_from.json`   code and raw files of each source that everything downstream of it was last built from

A release is refused where the two differ, so that a partial run can never pass for a whole one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from keytech.fingerprint import code_checksums, digest
from keytech.origin import Origin, input_checksums, input_paths
from keytech.project import Places

NOTED, BUILT, UNFINISHED = "inputs.json", "built_from.json", "unfinished"


class StaleBuild(RuntimeError):
    """The build is not what the raw files and the code now say."""


@dataclass(frozen=True)
class Inputs:
    """Raw checksums by path, code checksums, and the origin, as a run found them when it began.

    `baseline`: id of the release that readers had then, which drift and history are compared with; None for a first one.
    """

    origin: str
    raw: dict[str, str]
    code: dict[str, str]
    baseline: str | None

    @property
    def fingerprint(self) -> str:
        return digest(self.raw | self.code, self.origin)

    @property
    def code_sha256(self) -> str:
        return digest(self.code)

    def of_source(self, source: str) -> str:
        """Digest of a source's raw files."""
        return digest({path: sha for path, sha in self.raw.items() if path.split("/")[0] == source})


def look(places: Places, origin: Origin) -> Inputs:
    """Raw files, code and current release as they are now."""
    raw, code = input_checksums(places, origin), code_checksums(places.root)
    return Inputs(origin.name, raw, code, _baseline(places, origin))


def note(places: Places, origin: Origin) -> Inputs:
    """Write down what the run that begins is made from."""
    found = look(places, origin)
    times = {path: _state(_place(places, origin, path)) for path in found.raw}
    _replace(places.build / NOTED, {**vars(found), "times": times})
    return found


def noted(places: Places) -> Inputs:
    """What the last run found. Raises StaleBuild where no run has noted anything."""
    said = _read(places.build / NOTED)
    if not said:
        raise StaleBuild(
            "nothing says what the build was made from: materialise raw/files first, or `make run`"
        )
    return Inputs(said["origin"], said["raw"], said["code"], said["baseline"])


def built(places: Places, sources: Iterable[str], *, whole: bool) -> None:
    """Everything downstream of these sources has been built from what was noted; `whole`: all models were."""
    now, path = noted(places), places.build / BUILT
    said = {"code": now.code_sha256, "sources": {}} if whole else _read(path) or {"code": "", "sources": {}}
    said["sources"] |= {source: now.of_source(source) for source in sources}
    _replace(path, said)


def settled(places: Places, origin: Origin, sources: Iterable[str]) -> tuple[Inputs, list[str]]:
    """The inputs that the build stands for, and the code files that have changed since the run began.

    Raises StaleBuild where a raw file has changed since, or a source or the code is newer than what was built.
    """
    refuse_unfinished(places)
    now, said = noted(places), _read(places.build / BUILT) or {"code": None, "sources": {}}
    times = _read(places.build / NOTED)["times"]
    paths = times.keys() | set(input_paths(places, origin))
    changed = sorted(p for p in paths if _state(_place(places, origin, p)) != times.get(p))
    if changed or origin.name != now.origin:
        raise StaleBuild(f"raw files changed while the run was under way ({_few(changed)}); run again")
    if said["code"] != now.code_sha256:
        raise StaleBuild("the code has changed since all models were last built: run the whole job")
    late = [source for source in sources if said["sources"].get(source) != now.of_source(source)]
    if late:
        raise StaleBuild(
            f"not everything downstream of {_few(late)} is built from its raw files: run the whole job"
        )
    code = code_checksums(places.root)
    return now, sorted(p for p in code.keys() | now.code.keys() if code.get(p) != now.code.get(p))


def begin_build(places: Places) -> None:
    """Mark the warehouse as under construction, until `end_build`."""
    places.build.mkdir(parents=True, exist_ok=True)
    (places.build / UNFINISHED).touch()


def end_build(places: Places) -> None:
    """Models, checks and Parquet copies belong together again."""
    (places.build / UNFINISHED).unlink()


def refuse_unfinished(places: Places) -> None:
    """Raise StaleBuild where the last build died between its first model and its last Parquet copy."""
    if (places.build / UNFINISHED).exists():
        raise StaleBuild(
            "the last build of the warehouse did not finish: its marts and checks may not belong together; "
            "run `make run`, which builds them again"
        )


def _baseline(places: Places, origin: Origin) -> str | None:
    """The release that readers have, if it was made from the same kind of data: simulated is not compared with licensed."""
    said = _read(places.current / "manifest.json")
    return places.current.resolve().name if said and said["data_origin"] == origin.name else None


def _place(places: Places, origin: Origin, path: str) -> Path:
    return (places.raw if path.startswith("reference/") else origin.raw) / path


def _state(path: Path) -> list[int] | None:
    if not path.is_file():
        return None
    said = path.stat()
    return [said.st_size, said.st_mtime_ns]


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _read(path: Path) -> dict | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _replace(path: Path, document: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    draft.write_text(json.dumps(document, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    os.replace(draft, path)
