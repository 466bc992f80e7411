-- One row per city ever announced, with its first and all batches.
select
    city_code,
    min(year(announced))::integer as announced_year,
    count(distinct batch_year)::integer as n_batches,
    count(*)::integer as n_units
from {{ ref('int_pilot_units__screened') }}
where drop_reason is null and city_code is not null
group by city_code
