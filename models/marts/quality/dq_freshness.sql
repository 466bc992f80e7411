-- The years that each source delivers beside those that its contract expects.
with delivered as (
    {%- for source_name, table, model in screened_tables() %}
    {%- set node = graph.sources.get('source.' ~ project_name ~ '.' ~ source_name ~ '.' ~ table) if execute else none %}
    {%- set period = (node.config.meta or {}).get('period') if node else none %}
    {%- if period %}
    {%- set is_date = node.columns[period.column].data_type == 'date' %}
    select
        '{{ source_name }}' as source,
        '{{ table }}' as table_name,
        '{{ period.column }}' as period_column,
        {{ period.first }} as first_expected,
        {{ period.last }} as last_expected,
        {{ 'year(' ~ period.column ~ ')' if is_date else period.column }} as year
    from {{ source(source_name, table) }}
    union all
    select '{{ source_name }}', '{{ table }}', '{{ period.column }}', {{ period.first }}, {{ period.last }}, null
    {%- else %}
    select '{{ source_name }}' as source, '{{ table }}' as table_name, null as period_column, null as first_expected, null as last_expected, null as year
    from {{ source(source_name, table) }}
    where false
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        source,
        table_name,
        period_column,
        first_expected,
        last_expected,
        count(year) as n_rows,
        min(year) filter (where year between first_expected and last_expected) as first_delivered,
        max(year) as last_delivered,
        count(distinct year) filter (where year between first_expected and last_expected) as n_years
    from delivered
    group by source, table_name, period_column, first_expected, last_expected
)

select
    source::varchar as source,
    table_name::varchar as table_name,
    period_column::varchar as period_column,
    first_expected::integer as first_expected,
    last_expected::integer as last_expected,
    first_delivered::integer as first_delivered,
    last_delivered::integer as last_delivered,
    (last_expected - first_expected + 1 - n_years)::integer as n_years_missing,
    (last_expected - last_delivered)::integer as years_behind,
    n_rows::bigint as n_rows,
    case
        when n_rows = 0 then 'no_data'
        when last_delivered < last_expected then 'behind'
        when n_years < last_expected - first_expected + 1 then 'gaps'
        else 'complete'
    end as status
from counted
where period_column is not null
