-- Raw rows of every source table and where each went: rejected by landing, dropped by a screen, or kept.
with raw_files as (
    select
        source,
        table_name,
        sum(rows_read) as rows_read,
        sum(rows_rejected) as rows_rejected,
        sum(rows_landed) as rows_landed
    from {{ ref('stg_landing__files') }}
    where status = 'landed'
    group by source, table_name
),

rejected as (
    select source, table_name, reason, count(*) as rows_rejected
    from (
        select source, table_name, file, row_number, min(reason) as reason
        from {{ ref('stg_landing__rejects') }}
        group by source, table_name, file, row_number
    ) as rejected_rows
    group by source, table_name, reason
),

screened as (
    {%- for source_name, table, model in screened_tables() %}
    {%- if model is none %}
    select '{{ source_name }}' as source, '{{ table }}' as table_name, null as drop_reason, count(*) as n_rows
    from {{ source(source_name, table) }}
    {%- else %}
    select '{{ source_name }}' as source, '{{ table }}' as table_name, drop_reason, count(*) as n_rows
    from {{ ref(model) }}
    group by drop_reason
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select source, table_name, 'raw' as step, null as reason, rows_read::bigint as n_rows from raw_files
union all
select source, table_name, 'landed', null, rows_landed::bigint from raw_files
union all
select source, table_name, 'rejected', reason, rows_rejected::bigint from rejected
union all
select source, table_name, 'dropped', drop_reason, n_rows::bigint from screened where drop_reason is not null
union all
select source, table_name, 'kept', null, n_rows::bigint from screened where drop_reason is null and n_rows > 0
order by source, table_name, step, reason
