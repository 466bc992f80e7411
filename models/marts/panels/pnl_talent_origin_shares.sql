-- Exposure of a province to an origin: its share in the experts of the base year.
with base as (
    select province_code, origin, base_stock
    from {{ ref('int_expert_origins__grown') }}
    where year = (select min(year) from {{ ref('int_expert_origins__grown') }})
)

select
    province_code,
    origin,
    base_stock::bigint as base_stock,
    base_stock / sum(base_stock) over (partition by province_code)::double as share
from base
order by province_code, origin
