"""Owners and names on the synthetic economy: what the marts say against what the world knows."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def owners(house) -> pd.DataFrame:
    """One row per owner string of the marts that the world knows by the same string."""
    with duckdb.connect(str(house.current / "warehouse.duckdb"), read_only=True) as connection:
        built = connection.execute(
            "select distinct owner, owner_class, is_foreign, is_hmt, stkcd from marts.fct_patent_owner"
        ).fetchdf()
    truth = pd.read_parquet(house.truth / "applicants.parquet").drop_duplicates("raw_name")
    return built.merge(truth, left_on="owner", right_on="raw_name")


def f1(predicted: pd.Series, true: pd.Series) -> float:
    both = (predicted & true).sum()
    return 2 * both / max(predicted.sum() + true.sum(), 1)


def test_owner_classes_reach_f1_of_0_99(owners, capsys):
    """A failure means that universities, firms, persons or foreign owners are taken for each other."""
    kinds = sorted(owners["kind"].unique())
    scores = {kind: f1(owners["owner_class"] == kind, owners["kind"] == kind) for kind in kinds}
    scores["foreign"] = f1(owners["is_foreign"], owners["region"] == "foreign")
    scores["hmt"] = f1(owners["is_hmt"], owners["region"] == "hmt")
    with capsys.disabled():
        print(
            f"\nowner classes, F1 over {len(owners):,} strings:", {k: round(v, 4) for k, v in scores.items()}
        )
    assert min(scores.values()) >= 0.99, scores


def test_listed_firms_are_matched_with_precision_0_998_and_recall_0_98(house, capsys):
    """A failure means that patents go to the wrong listed firm, or to none."""
    links = pd.read_parquet(house.truth / "links.parquet").query("source == 'listed_basics'")
    with duckdb.connect(str(house.current / "warehouse.duckdb"), read_only=True) as connection:
        built = connection.execute("select distinct owner, stkcd from marts.fct_patent_owner").fetchdf()
    both = built.merge(links, left_on="owner", right_on="raw_name", how="inner")
    matched = both["stkcd"].notna()
    precision = (both.loc[matched, "stkcd"] == both.loc[matched, "entity"]).mean()
    recall = (both["stkcd"] == both["entity"]).mean()
    with capsys.disabled():
        print(
            f"\nlisted firms in patents: {len(both):,} names, precision {precision:.4f}, recall {recall:.4f}"
        )
    assert precision >= 0.998 and recall >= 0.98
