-- Fails where a row of a raw file vanished or appeared on its way: raw = landed + rejected, landed = kept + dropped.
with steps as (
    select
        source,
        table_name,
        coalesce(sum(n_rows) filter (where step = 'raw'), 0) as raw_rows,
        coalesce(sum(n_rows) filter (where step = 'rejected'), 0) as rejected_rows,
        coalesce(sum(n_rows) filter (where step = 'landed'), 0) as landed_rows,
        coalesce(sum(n_rows) filter (where step = 'dropped'), 0) as dropped_rows,
        coalesce(sum(n_rows) filter (where step = 'kept'), 0) as kept_rows
    from {{ ref('dq_row_accounting') }}
    group by source, table_name
)

select *
from steps
where raw_rows <> landed_rows + rejected_rows or landed_rows <> kept_rows + dropped_rows
