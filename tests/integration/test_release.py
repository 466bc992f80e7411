"""What `make run` leaves behind: a readable, complete, labelled release."""

from __future__ import annotations

import json
import re

import duckdb
import pandas as pd
import pytest

PAPER_ROWS = {
    "pnl_talent_keytech": 23_778,
    "pnl_talent_retention": 777,
    "pnl_robot_upstream": 13_452,
    "pnl_pilot_spillover": 22_076,
}


@pytest.fixture(scope="module")
def warehouse(house):
    with duckdb.connect(str(house.current / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def test_the_first_line_of_the_run_says_that_the_data_are_simulated(house):
    """A failure means that a user could take the synthetic economy for real data."""
    assert (house.data / "first_run.txt").read_text().startswith("SIMULATED DATA")


def test_the_released_file_holds_the_four_schemas(warehouse):
    """A failure means that analysts do not find marts, panels, quality or results."""
    schemas = {
        row[0]
        for row in warehouse.execute("select distinct table_schema from information_schema.tables").fetchall()
    }
    assert {"marts", "panels", "quality", "results"} <= schemas


@pytest.mark.parametrize(("panel", "rows"), PAPER_ROWS.items())
def test_panels_are_as_large_as_the_papers_samples(warehouse, panel, rows):
    """A failure means that the sample rules drop or keep other rows than the paper's."""
    found = warehouse.execute(f"select count(*) from panels.{panel}").fetchone()[0]
    assert abs(found / rows - 1) <= 0.05, f"{panel}: {found} rows, the paper has {rows}"


def test_robot_panel_has_the_papers_number_of_positive_patent_rows(warehouse):
    """A failure means that the estimation sample of robot_upstream is another one."""
    found = warehouse.execute("select count(lnspatent) from panels.pnl_robot_upstream").fetchone()[0]
    assert abs(found / 4016 - 1) <= 0.05


def test_university_panel_has_56_universities(warehouse):
    """A failure means that universities are lost or split by their names."""
    sql = "select count(distinct university_id) from panels.pnl_university_exchange"
    assert warehouse.execute(sql).fetchone()[0] == 56


def test_every_source_table_adds_up(house, warehouse):
    """A failure means that rows of a delivery vanish without a reason."""
    steps = warehouse.execute(
        "pivot quality.dq_row_accounting on step in ('raw', 'landed', 'rejected', 'kept', 'dropped')"
        " using coalesce(sum(n_rows), 0) group by source, table_name"
    ).fetchdf()
    lost = (
        steps["raw"] - steps["landed"] - steps["rejected"],
        steps["landed"] - steps["kept"] - steps["dropped"],
    )
    delivered = pd.read_parquet(house.data / "landed" / "files.parquet")[
        ["source", "table_name"]
    ].drop_duplicates()
    assert len(steps) == len(delivered) and not any(gap.any() for gap in lost), steps.to_string()


def test_manifest_names_every_mart_with_rows_and_checksum(house):
    """A failure means that a release cannot be compared with another one."""
    manifest = json.loads((house.current / "manifest.json").read_text())
    assert manifest["data_origin"] == "simulated"
    assert {m["schema"] for m in manifest["marts"]} == {"marts", "panels", "quality"}
    assert all(re.fullmatch("[0-9a-f]{64}", m["sha256"]) for m in manifest["marts"])


def test_site_says_simulated_and_reaches_no_other_address(house):
    """A failure means that the page is unlabelled or not self-contained."""
    page = (house.current / "site" / "index.html").read_text()
    assert "Simulated data" in page and "模拟数据" in page
    assert not re.findall(r"(?:src|href)=\"https?://", page)


def test_a_second_run_without_changes_reuses_the_release(house):
    """A failure means that unchanged inputs cost a full run, or that it is not said."""
    before = (house.current / "manifest.json").read_text()
    done = house.run()
    assert done.returncode == 0 and "Nothing has changed" in done.stdout
    assert (house.current / "manifest.json").read_text() == before


def test_headline_coefficients_lie_within_two_standard_errors_of_the_planted_values(house):
    """A failure means that the road from raw file to table bends the planted numbers."""
    card = pd.read_parquet(house.current / "results" / "scorecard.parquet")
    headline = card[card["headline"] & card["planted"].notna()]
    columns = ["study", "table_id", "column_id", "term", "estimate", "std_error", "planted", "planted_gap_se"]
    bad = headline.loc[headline["planted_gap_se"].abs() > 2, columns]
    assert len(headline) > 30
    assert bad.empty, bad.to_string()
