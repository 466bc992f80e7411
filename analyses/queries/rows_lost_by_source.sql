-- How many rows of each source are lost between the raw file and the marts, and for which reasons?
-- 各数据源从原始文件到数据集市丢失了多少行，原因是什么？
select
    source,
    table_name,
    sum(n_rows) filter (where step = 'raw') as raw_rows,
    coalesce(sum(n_rows) filter (where step = 'rejected'), 0) as rejected,
    coalesce(sum(n_rows) filter (where step = 'dropped'), 0) as dropped,
    round(100.0 * coalesce(sum(n_rows) filter (where step in ('rejected', 'dropped')), 0)
        / nullif(sum(n_rows) filter (where step = 'raw'), 0), 3) as lost_pct,
    coalesce(string_agg(distinct reason, ', ' order by reason) filter (where step in ('rejected', 'dropped')), '') as reasons
from quality.dq_row_accounting
group by source, table_name
order by lost_pct desc, source, table_name
