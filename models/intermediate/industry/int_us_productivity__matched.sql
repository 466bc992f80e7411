-- Output per worker of the US industries that match a Chinese class, thousand yuan of 2012 (or of the year: var robot_gap_prices).
{% set current = option('robot_gap_prices') == 'current' %}

with classes as (
    select distinct cic4
    from {{ ref('int_industrial_firm_years__keyed') }}
    where cic4 is not null
),

prefixes as (
    select classes.cic4, matches.naics_prefix
    from classes
    inner join {{ ref('seed_naics_cic') }} as matches on {{ starts_with_prefix('classes.cic4', 'matches.cic_prefix') }}
    qualify dense_rank() over (partition by classes.cic4 order by length(matches.cic_prefix) desc) = 1
),

summed as (
    select
        prefixes.cic4,
        us.year,
        {{ ordered_sum('us.vship_musd' ~ ('' if current else ' / us.deflator'), 'us.naics') }} as output_musd,
        {{ ordered_sum('us.employment_thousand', 'us.naics') }} as employment_thousand,
        count(*)::integer as naics_industries
    from prefixes
    inner join {{ ref('int_us_productivity__screened') }} as us on {{ starts_with_prefix('us.naics', 'prefixes.naics_prefix') }}
    where us.drop_reason is null
    group by prefixes.cic4, us.year
)

select
    summed.cic4,
    summed.year,
    summed.naics_industries,
    ln(summed.output_musd / summed.employment_thousand * rate.cny_per_usd) as lnlp_us
from summed
inner join {{ ref('seed_exchange_rate') }} as rate on rate.year = {{ 'summed.year' if current else '2012' }}
