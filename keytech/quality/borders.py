"""Checks one border: scans, judges, keeps what was found, and leaves alone what has not changed since."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import pandas as pd

from keytech.fingerprint import digest, file_sha256
from keytech.quality.expectations import Expectation
from keytech.quality.frames import Files, connect
from keytech.quality.judge import judge, version

SAMPLE = 200
CODE = ("judge.py", "borders.py", "frames.py")


@dataclass(frozen=True)
class Outcome:
    """What one check found. `status`: pass, warn, fail, error (the check itself could not be made) or empty (no rows).

    `n_failing` of `n_checked` values or rows break the rule; `key` says what was checked with what.
    """

    name: str
    table: str
    severity: str
    status: str
    n_checked: int
    n_failing: int
    message: str
    key: str


def check_border(expectations: Sequence[Expectation], files: Files, folder: Path) -> list[Outcome]:
    """Outcomes in the order of `expectations`; those whose inputs have not changed are as they were.

    Written to `<folder>/<border>.json`, where the outcomes of other checks stay as they are; rows that fail go to `<folder>/samples/<check>.parquet`, readable by the owner
    only. great-expectations is imported only where something is left to check.
    """
    border = expectations[0].border
    store = folder / f"{border}.json"
    known = {outcome.name: outcome for outcome in read_outcomes(store)}
    stamps = {r: files.stamp(r) for r in sorted({r for e in expectations for r in e.relations})}
    keys = {e.name: _key(e, stamps) for e in expectations}
    due = [e for e in expectations if e.name not in known or known[e.name].key != keys[e.name]]
    if due:
        (folder / "samples").mkdir(parents=True, exist_ok=True, mode=0o700)
        with connect(files, {r for e in due for r in e.relations}) as connection:
            known |= {e.name: _check(connection, e, keys[e.name], folder / "samples") for e in due}
    _write(store, [known[name] for name in sorted(known)])
    return [known[e.name] for e in expectations]


def unchecked(expectations: Sequence[Expectation], files: Files, folder: Path) -> list[str]:
    """Names of the checks of error severity whose last result is of other files, or of none, than those that are there."""
    grave = [e for e in expectations if e.severity == "error"]
    stamps = {r: files.stamp(r) for r in sorted({r for e in grave for r in e.relations})}
    known = {o.name: o.key for e in {e.border for e in grave} for o in read_outcomes(folder / f"{e}.json")}
    return [e.name for e in grave if known.get(e.name) != _key(e, stamps)]


def read_outcomes(store: Path) -> list[Outcome]:
    """The outcomes on record; empty where none are."""
    if not store.is_file():
        return []
    return [Outcome(**row) for row in json.loads(store.read_text(encoding="utf-8"))]


def _key(expectation: Expectation, stamps: dict[str, str]) -> str:
    code = {name: file_sha256(Path(__file__).with_name(name)) for name in CODE}
    read = [f"{relation} {stamps[relation]}" for relation in expectation.relations]
    return digest(code, expectation.model_dump_json(), version(), *read)


def _check(
    connection: duckdb.DuckDBPyConnection, expectation: Expectation, key: str, samples: Path
) -> Outcome:
    sample = samples / f"{expectation.name}.parquet"
    sample.unlink(missing_ok=True)
    try:
        return _judged(connection, expectation, key, sample)
    except duckdb.Error as error:
        return _outcome(expectation, "error", 0, 0, str(error), key)


def _judged(
    connection: duckdb.DuckDBPyConnection, expectation: Expectation, key: str, sample: Path
) -> Outcome:
    if not connection.execute(f"select 1 from {expectation.table} limit 1").fetchone():
        return _outcome(expectation, "empty", 0, 0, "no rows", key)
    frame = connection.execute(expectation.sql).df()
    if frame.empty:
        return _outcome(expectation, "empty", 0, 0, "nothing to compare with", key)
    verdict = judge(frame, expectation.judged)
    if verdict.raised:
        return _outcome(expectation, "error", 0, 0, verdict.raised, key)
    counted = {"n_checked", "n_failing"} <= set(frame)
    n_checked = int(frame["n_checked"].sum()) if counted else len(frame)
    n_failing = int(frame["n_failing"].sum()) if counted else len(verdict.rows)
    if verdict.success:
        return _outcome(expectation, "pass", n_checked, n_failing, "", key)
    broken = frame.iloc[list(verdict.rows)]
    _keep_sample(connection, expectation.rows, broken, sample)
    status = "fail" if expectation.severity == "error" else "warn"
    message = f"{expectation.label.en} Not so"
    if len(broken) and frame.columns[0] != "n_checked":
        message += f" for {', '.join(broken.iloc[:, 0].astype(str)[:5])}"
    return _outcome(expectation, status, n_checked, n_failing, message, key)


def _keep_sample(
    connection: duckdb.DuckDBPyConnection, rows: str | None, broken: pd.DataFrame, path: Path
) -> None:
    """The first rows that break the rule, else the broken rows of the frame; for the eyes of the owner only."""
    if rows is None:
        connection.register("broken", broken)
        rows = "from broken"
    connection.execute(
        f"copy (select * from ({rows}) order by all limit {SAMPLE}) to '{path}' (format parquet)"
    )
    path.chmod(0o600)


def _outcome(e: Expectation, status: str, n_checked: int, n_failing: int, message: str, key: str) -> Outcome:
    said = " ".join(message.split())[:300]
    return Outcome(e.name, e.table, e.severity, status, n_checked, n_failing, said, key)


def _write(store: Path, outcomes: list[Outcome]) -> None:
    store.parent.mkdir(parents=True, exist_ok=True)
    building = store.with_name(f".{store.name}")
    building.write_text(
        json.dumps([asdict(o) for o in outcomes], ensure_ascii=False, indent=1), encoding="utf-8"
    )
    os.replace(building, store)
