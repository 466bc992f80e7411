"""After a whole run, nothing but the owner's own data holds the name of a firm or the answers of a person."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest

# Rows stay in these: raw and landed files, the warehouse, its marts, rows behind a failing check, the simulator's truth.
OWNERS = (
    "raw",
    "simulated",
    "landed",
    "build/warehouse.duckdb",
    "build/marts",
    "build/quality/samples",
    "build/spill",
)


@pytest.fixture(scope="module")
def names(house) -> re.Pattern[bytes]:
    """Full names of 250 listed firms, of 250 registered ones, and of every tenth respondent, as a pattern of bytes."""
    with duckdb.connect(str(house.current / "warehouse.duckdb"), read_only=True) as connection:
        listed = connection.execute(
            "select distinct full_name from marts.dim_listed_firm where length(full_name) > 8 order by full_name limit 250"
        ).fetchall()
        owners = connection.execute(
            "select distinct owner from marts.fct_patent_owner where owner_class = 'firm' and length(owner) > 10"
            " order by owner limit 250"
        ).fetchall()
    people = pd.read_parquet(house.current / "marts" / "panels" / "pnl_talent_retention.parquet")[
        "respondent_id"
    ]
    long = [p for p in people.astype(str).iloc[::10] if len(p) >= 8]
    found = [row[0] for row in listed + owners] + long
    assert len(found) > 400
    return re.compile(b"|".join(re.escape(name.encode("utf-8")) for name in found))


def is_owners(path: str) -> bool:
    in_release = path.startswith("releases/") and (path.endswith("/warehouse.duckdb") or "/marts/" in path)
    return in_release or path.startswith(OWNERS)


def test_site_logs_manifest_catalog_and_dagster_name_no_firm_and_no_respondent(house, names):
    """A failure means that a row of a licensed or personal source leaves the warehouse of its owner."""
    searched, holding = 0, []
    for path in sorted(house.data.rglob("*")):
        name = path.relative_to(house.data).as_posix()
        if (
            path.is_symlink()
            or not path.is_file()
            or is_owners(name)
            or name.startswith(("current", "target/"))
        ):
            continue
        text = path.read_bytes()
        if path.suffix == ".parquet":
            text = pd.read_parquet(path).to_csv().encode("utf-8")
        searched += 1
        holding += [f"{name}: {hit.group().decode()}" for hit in [names.search(text)] if hit]
    kinds = {Path(p).suffix for p in map(str, house.data.rglob("*"))}
    assert searched > 300 and {".html", ".json", ".db", ".log"} <= kinds
    assert holding == []
