"""Every listed reading of a numbered ambiguity compiles; any other stops the compilation and names the allowed ones."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).parents[2]
DBT = str(Path(sys.executable).with_name("dbt"))
pytestmark = pytest.mark.xdist_group("dbt-parse")


def listed_readings() -> dict[str, list]:
    """Name -> readings, default first, as macros/options.sql and the calls of one_of() say."""
    found: dict[str, list] = {}
    for path in sorted((ROOT / "macros").rglob("options.sql")):
        if table := re.search(r"set readings = (\{.*?\}) -?%\}", path.read_text(encoding="utf-8"), re.DOTALL):
            found |= ast.literal_eval(table[1])
    for folder in ("models", "macros"):
        for path in sorted((ROOT / folder).rglob("*.sql")):
            calls = re.findall(r"one_of\('(\w+)', (\[.*?\])\)", path.read_text(encoding="utf-8"))
            found |= {name: ast.literal_eval(readings) for name, readings in calls}
    return found


READINGS = listed_readings()


def compiled(folder: Path, readings: dict) -> subprocess.CompletedProcess:
    """`dbt compile` of every model with the readings as vars."""
    places = {
        "KEYTECH_BUILD": str(folder),
        "KEYTECH_LANDED": str(folder),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    return subprocess.run(
        [DBT, "compile", "--quiet", "--no-use-colors", "--target-path", str(folder / "target"),
         "--vars", json.dumps(readings), "--select", "resource_type:model"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | places | {"DBT_PROFILES_DIR": str(ROOT), "DO_NOT_TRACK": "1"},
    )  # fmt: skip


def rounds() -> list[dict]:
    """Sets of vars that hold every listed reading at least once; the first round is the defaults."""
    return [
        {
            name: READINGS[name][0] if value is None else value
            for name, value in zip(READINGS, values, strict=True)
        }
        for values in zip_longest(*READINGS.values())
    ]


@pytest.mark.parametrize("number", range(1, max(map(len, READINGS.values()))))
def test_every_listed_reading_compiles_to_sql(tmp_path, number):
    """A failure means that a documented reading cannot be built."""
    done = compiled(tmp_path, rounds()[number])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    folder = tmp_path / "target" / "compiled" / "keytech"
    models = [
        path.relative_to(ROOT)
        for path in (ROOT / "models").rglob("*.sql")
        if re.search(r"option\(|one_of\(", path.read_text(encoding="utf-8"))
    ]
    assert len(models) > 10
    for model in models:
        assert duckdb.extract_statements((folder / model).read_text(encoding="utf-8")), model


@pytest.mark.parametrize("name", ["network_unit", "talent_retention_tie"])
def test_an_unlisted_reading_stops_and_names_the_allowed_ones(tmp_path, name):
    """A failure means that a slip in a var gives the default reading without a word."""
    done = compiled(tmp_path, {name: "no_such_reading"})
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert name in said
    assert "no_such_reading" in said
    assert all(str(reading) in said for reading in READINGS[name]), said[-1500:]


def test_every_reading_of_the_two_talent_studies_has_a_test_on_hand_data():
    """A failure means that a reading that is not the default was added without a unit test that says what it does."""
    folder = ROOT / "models" / "intermediate"
    tests = "".join(path.read_text(encoding="utf-8") for path in folder.glob("talent*/*unit_tests.yml"))
    mine = {
        "ipc_level", "first_outcome_year", "moderator_lag", "asset_debt", "network_unit", "foreign_dummy",
        "hmt_owners", "proximity", "unlisted_window", "breakthrough_base", "section_lost_years",
        "hightech_level", "bartik", "winsor_years",
        *(name for name in READINGS if name.startswith("talent_retention")),
    }  # fmt: skip
    said = {(name, value.strip("'")) for name, value in re.findall(r"(\w+): ('?\w+'?)[,}]", tests)}
    assert sorted((n, str(r)) for n in mine for r in READINGS[n][1:] if (n, str(r)) not in said) == []
