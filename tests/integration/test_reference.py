"""The official reference tables, where they are at hand, replace the starter seeds and drive the flags."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.integration.conftest import ROOT, House

REFERENCE = ROOT.parent / "shared" / "reference"
FILES = {
    "sei_ipc": "sei_ipc_patterns_long_2021.csv",
    "gb2260": "gb2260_mca_1998_2019_long.csv",
    "cic_concordance": "gb_all_pairs.csv",
    "hs_bec": "unsd_hs6_bec4_all_revisions.csv",
    "hs_conversion": "unsd_hs_revision_conversions.csv",
}

pytestmark = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the official reference tables are not at hand"
)


@pytest.fixture(scope="module")
def official(house, tmp_path_factory) -> House:
    """The same economy, built on the official tables."""
    other = House(tmp_path_factory.mktemp("official"))
    for folder in ("simulated", "landed"):
        shutil.copytree(house.data / folder, other.data / folder)
    for table, name in FILES.items():
        (other.data / "raw" / "reference" / table).mkdir(parents=True)
        shutil.copy(REFERENCE / name, other.data / "raw" / "reference" / table / name)
    done = other.run("marts")
    assert done.returncode == 0, done.stdout + done.stderr
    return other


def _rows(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return sum(1 for _ in csv.reader(stream)) - 1


def test_every_row_of_the_official_tables_lands(official, capsys):
    """A failure means that an official table is read in part only."""
    files = pd.read_parquet(official.data / "landed" / "files.parquet").query("source == 'reference'")
    landed = {f["table_name"]: f for f in files.to_dict("records")}
    for table, name in FILES.items():
        assert landed[table]["rows_read"] == _rows(REFERENCE / name)
        assert landed[table]["rows_rejected"] == 0
    with capsys.disabled():
        print("\nofficial tables:", {t: landed[t]["rows_landed"] for t in FILES})


def test_the_official_sei_table_drives_the_patent_flags(official, house, capsys):
    """A failure means that the seed still decides which patents are strategic, although the official file is there."""
    sql = "select count(*), sum(is_sei::int), sum(is_key::int) from marts.fct_patent"
    counts = []
    for place in (house, official):
        with duckdb.connect(str(place.data / "build" / "warehouse.duckdb"), read_only=True) as connection:
            counts.append(connection.execute(sql).fetchone())
    with capsys.disabled():
        print(f"\npatents, strategic, key: starter seed {counts[0]}, official table {counts[1]}")
    assert counts[0][0] == counts[1][0]
    assert counts[1][1] > 0 and counts[0][1] != counts[1][1]
