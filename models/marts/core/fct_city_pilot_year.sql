with calendar as (
    select city.city_code, city.province_code, {{ rows_of(whole_numbers(2006, 2022)) }} as year
    from {{ ref('dim_city') }} as city
)

select
    calendar.city_code,
    calendar.year,
    calendar.province_code,
    pilots.announced_year,
    coalesce(pilots.announced_year + 1, 0) as policy_cohort,
    coalesce(calendar.year >= pilots.announced_year + 1, false)::integer as policy,
    calendar.year - (pilots.announced_year + 1) as rel_time,
    coalesce(pilots.n_batches, 0) as n_batches,
    coalesce(pilots.n_units, 0) as n_units
from calendar
left join {{ ref('int_pilot_cities') }} as pilots on calendar.city_code = pilots.city_code
