"""Column lineage read off SQL: values, joins, grouping; never less than what a model can rest on."""

from keytech.report.columns import origins

PARENTS = {("marts", "firms"): "firms", ("marts", "talent"): "talent"}
COLUMNS = {"firms": ["stkcd", "year", "province_code", "assets"], "talent": ["province_code", "experts"]}
SQL = """
with source as (select * from "warehouse"."marts"."firms"),
joined as (
    select source.stkcd, source.year, ln(source.assets + 1) as lnsize, talent.experts
    from source left join "warehouse"."marts"."talent" as talent on source.province_code = talent.province_code
)
select stkcd, lnsize, ln(experts) as lntalent, count(*) over (partition by stkcd) as n from joined
"""


def _of(column: str, sql: str | None = SQL) -> list:
    return origins(sql, PARENTS, COLUMNS, [column])[column]


def test_a_value_is_followed_through_common_tables():
    """A failure means that a column is said to rest on the wrong raw columns."""
    assert _of("lnsize") == [("firms", "assets")]


def test_the_key_of_a_join_belongs_to_the_value_it_brings():
    """A failure means that the table which decides whose value it is, is left out."""
    assert _of("lntalent") == [("firms", "province_code"), ("talent", "experts"), ("talent", "province_code")]


def test_grouped_values_rest_on_what_they_are_grouped_by():
    """A failure means that a sum forgets whose sum it is."""
    sql = 'select province_code, sum(assets) as total from "warehouse"."marts"."firms" group by province_code'
    assert _of("total", sql) == [("firms", "assets"), ("firms", "province_code")]


def test_a_count_of_rows_rests_on_the_rows():
    """A failure means that a count is said to rest on nothing."""
    assert _of("n_rows", 'select count(*) as n_rows from "warehouse"."marts"."firms"') == [("firms", "")]


def test_both_sides_of_a_union_count():
    """A failure means that one of two sources of a column is lost."""
    sql = "select stkcd as id from marts.firms union all select province_code from marts.talent"
    assert _of("id", sql) == [("firms", "stkcd"), ("talent", "province_code")]


def test_files_read_by_a_function_are_the_source():
    """A failure means that lineage ends at the staging layer."""
    sql = "with source as (select * from read_parquet('landed/*.parquet')) select trim(header) as name from source"
    parents, columns = (
        {("patents", "applications"): "patents.applications"},
        {"patents.applications": ["header"]},
    )
    assert origins(sql, parents, columns, ["name"])["name"] == [("patents.applications", "header")]


def test_what_cannot_be_read_rests_on_everything():
    """A failure means that a Python model or unknown SQL is said to rest on too little."""
    everything = [("firms", ""), ("talent", "")]
    assert _of("x", None) == everything
    assert _of("x", "this is ( no sql") == everything
