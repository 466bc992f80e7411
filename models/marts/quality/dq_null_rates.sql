-- Missing values of every column of the panels and the yearly facts, by year where the table has one.
with counted as (
    {%- for table in measured_tables() %}
    {%- set columns = columns_of(ref(table)) or {'year': 'INTEGER'} %}
    select '{{ table }}' as table_name, column_name, period, n_rows, n_missing
    from (
        select
            {{ 'year::integer' if 'year' in columns else 'null::integer' }} as period,
            count(*) as n_rows
            {%- for name in columns %},
            count(*) - count("{{ name }}") as "{{ name }}"
            {%- endfor %}
        from {{ ref(table) }}
        group by period
    ) as {{ table }}_counted
    unpivot (n_missing for column_name in ({% for name in columns %}"{{ name }}"{{ ', ' if not loop.last }}{% endfor %}))
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    table_name::varchar as table_name,
    column_name::varchar as column_name,
    period as year,
    n_rows::bigint as n_rows,
    n_missing::bigint as n_missing,
    (n_missing / n_rows)::double as null_rate
from counted
