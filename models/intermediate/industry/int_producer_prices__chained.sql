-- Producer prices of industrial products with 2012 = 1, chained from the yearly index.
with logs as (
    select year, sum(ln(producer_price_previous_year_100 / 100)) over (order by year) as log_price
    from {{ ref('seed_exchange_rate') }}
)

select
    logs.year,
    exp(logs.log_price - base.log_price) as producer_price
from logs
inner join logs as base on base.year = 2012
