-- Operational stock of US robots by IFR sector, 2000-2013. Years without sector detail (2000-2003): US total times the sector's share of 2004.
with delivered as (
    select sector_code, year, stock, kind
    from {{ ref('int_ifr_robots__screened') }}
    where drop_reason is null and stock is not null
        and country in ('United States', 'United States of America', 'USA', 'US', '美国')
),

totals as (
    select
        year,
        coalesce(
            max(stock) filter (where kind = 'total'),
            {{ ordered_sum("case when kind in ('detail', 'unspecified') then stock end", 'sector_code') }}
        ) as total_stock
    from delivered
    group by year
),

shares as (
    select
        delivered.sector_code,
        delivered.stock / nullif(totals.total_stock, 0) as share_2004
    from delivered
    inner join totals on delivered.year = totals.year
    where delivered.kind = 'detail' and delivered.year = 2004
)

select
    shares.sector_code,
    totals.year,
    coalesce(delivered.stock, totals.total_stock * shares.share_2004) as stock,
    delivered.stock is null as is_imputed
from shares
cross join totals
left join delivered on shares.sector_code = delivered.sector_code and totals.year = delivered.year
where totals.year between {{ option('robot_instrument_from') }} and 2013 and (delivered.stock is not null or totals.year < 2004)
