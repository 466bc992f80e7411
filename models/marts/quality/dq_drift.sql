-- Distribution of every number of every panel, beside that of the release that readers have now.
with numbers as (
    {{ numbers_now_and_before() }}
),

means as (
    select
        panel,
        side,
        column_name,
        count(*) as n_rows,
        count(value) as n_values,
        fsum(value order by value) / count(value) as mean,
        quantile_cont(value, [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]) as quantiles,
        list_distinct(quantiles[2:10]) as edges
    from numbers
    group by panel, side, column_name
),

spreads as (
    select numbers.panel, numbers.side, numbers.column_name, sqrt(fsum((value - mean) ** 2 order by value) / nullif(count(value) - 1, 0)) as sd
    from numbers
    inner join means
        on numbers.panel = means.panel and numbers.side = means.side and numbers.column_name = means.column_name
    group by numbers.panel, numbers.side, numbers.column_name
),

profiles as (
    select means.*, sd
    from means
    inner join spreads using (panel, side, column_name)
),

binned as (
    select
        numbers.panel,
        numbers.column_name,
        len(list_filter(edges, lambda edge: edge < value)) as bin,
        count(*) filter (where numbers.side = 'now') as n_now,
        count(*) filter (where numbers.side = 'before') as n_before
    from numbers
    inner join means
        on numbers.panel = means.panel and numbers.column_name = means.column_name and means.side = 'before'
    where value is not null
    group by all
),

shares as (
    select
        panel,
        column_name,
        bin,
        greatest(n_now / sum(n_now) over columns_of_panel, 0.0001) as share_now,
        greatest(n_before / sum(n_before) over columns_of_panel, 0.0001) as share_before
    from binned
    window columns_of_panel as (partition by panel, column_name)
),

stability as (
    select panel, column_name, fsum((share_now - share_before) * ln(share_now / share_before) order by bin) as psi
    from shares
    group by panel, column_name
)

select
    now.panel,
    now.column_name,
    {{ baseline_id() }}::varchar as baseline,
    case
        when {{ baseline_id() }} is null then 'no_release_before'
        when before.panel is null then 'new_column'
        else 'compared'
    end as status,
    now.n_rows::bigint as n_rows,
    before.n_rows::bigint as n_rows_before,
    (1 - now.n_values / now.n_rows)::double as null_rate,
    (1 - before.n_values / before.n_rows)::double as null_rate_before,
    {{ significant('now.mean') }} as mean,
    {{ significant('before.mean') }} as mean_before,
    {{ significant('now.sd') }} as sd,
    {{ significant('before.sd') }} as sd_before,
    now.quantiles[1] as p05,
    before.quantiles[1] as p05_before,
    now.quantiles[6] as p50,
    before.quantiles[6] as p50_before,
    now.quantiles[11] as p95,
    before.quantiles[11] as p95_before,
    {{ significant('psi') }} as psi
from profiles as now
left join profiles as before
    on now.panel = before.panel and now.column_name = before.column_name and before.side = 'before'
left join stability on now.panel = stability.panel and now.column_name = stability.column_name
where now.side = 'now'
