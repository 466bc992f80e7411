-- Table 1 of pilot_spillover: every announcement with its units and the cities it covers for the first time (methods.md 5.3).
with units as (
    select batch_year, announced, city_code, unit_name, project
    from {{ ref('int_pilot_units__screened') }}
    where drop_reason is null
),

firms as (
    select announced_year, count(*) as n_listed_firms
    from {{ ref('int_pilot_firms') }}
    group by announced_year
)

select
    units.batch_year::integer as batch_year,
    min(units.announced) as announced,
    count(*)::integer as n_units,
    count(distinct units.city_code)::integer as n_cities,
    count(distinct units.city_code) filter (where first_time.announced_year = year(units.announced))::integer as n_new_cities,
    coalesce(any_value(firms.n_listed_firms), 0)::integer as n_new_listed_firms
from units
left join {{ ref('int_pilot_cities') }} as first_time on units.city_code = first_time.city_code
left join firms on units.batch_year = firms.announced_year
group by units.batch_year
order by units.batch_year
