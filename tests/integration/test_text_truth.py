"""Owners and names on the synthetic economy: what the marts say against what the world knows."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from keytech.text.sql import MacroSql


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


def test_names_that_sources_write_find_their_firm(house, capsys):
    """A failure means that records of a firm are lost, or given to another; names that no source writes are left out."""
    truth = pd.read_parquet(house.truth / "links.parquet")
    with duckdb.connect(str(house.data / "build" / "warehouse.duckdb"), read_only=True) as connection:
        macros = MacroSql(connection)
        connection.register("truth", truth)
        scores = macros.query(
            """
            with written as (
                select applicant_clean as name, 'listed_firm' as firm_system from intermediate.int_patent_owners
                union
                select name_text, 'registered_enterprise' from intermediate.int_customs_firms__matched
                union
                select name_text, 'registered_enterprise' from intermediate.int_industrial_firms__matched
            ),
            known as (
                select distinct 'listed_firm' as firm_system, raw_name as name, entity from truth where source = 'listed_basics'
                union
                select 'registered_enterprise', {{ firm_name_text('raw_name') }}, entity from truth where source = 'asif'
            )
            select
                firm_system,
                count(*) as n_names,
                avg((bridge.firm_id = known.entity)::integer) filter (bridge.firm_id is not null) as precision,
                avg(coalesce(bridge.firm_id = known.entity, false)::integer) as recall
            from known
            inner join written using (firm_system, name)
            left join intermediate.bridge_firm_names as bridge using (firm_system, name)
            group by firm_system
            order by firm_system
            """
        ).fetchdf()
    with capsys.disabled():
        print("\n" + scores.to_string(index=False))
    assert (scores["precision"] >= 0.998).all() and (scores["recall"] >= 0.98).all()
