-- iv1 and the penetration that ranks cities for iv2 (methods.md 5.7). A-004-6: region is the city; robots per 1000 workers, users in 100 million.
{% set users = {
    'level': 'users.users_10k / 10000',
    'ln': 'ln(users.users_10k / 10000)',
    'lagged': 'lagged.users_10k / 10000',
}[option('iv1_users')] %}

with robots as (
    select country, sector_code, year, stock
    from {{ ref('int_ifr_robots__screened') }}
    where drop_reason is null and kind = 'detail' and stock is not null
),

densities as (
    select
        city.city_code,
        {{ stable_sum('city.city_share * robots.stock / city.national_employees * 1000', 15) }} as density
    from {{ ref('int_city_sector_employment') }} as city
    inner join robots on city.sector_code = robots.sector_code and robots.year = 2009 and robots.country in ('China', '中国')
    where city.year = 2009 and city.national_employees > 0
    group by city.city_code
),

penetrations as (
    select
        city.city_code,
        robots.year,
        {{ stable_sum('city.city_share * robots.stock / employment.employment_thousand', 15) }} as penetration
    from {{ ref('int_city_sector_employment') }} as city
    inner join robots
        on city.sector_code = robots.sector_code
        and robots.country in ('United States', 'United States of America', 'USA', 'US', '美国')
    inner join {{ ref('int_us_employment__screened') }} as employment
        on city.sector_code = employment.sector_code and employment.year = 2000 and employment.drop_reason is null
    where city.year = 2000
    group by city.city_code, robots.year
),

national as (
    select year, users_10k from {{ ref('int_internet_users__screened') }} where drop_reason is null
)

select
    pilots.city_code,
    pilots.year,
    densities.density * {{ users }} as iv1,
    penetrations.penetration
from {{ ref('fct_city_pilot_year') }} as pilots
left join densities on pilots.city_code = densities.city_code
left join penetrations on pilots.city_code = penetrations.city_code and pilots.year = penetrations.year
left join national as users on pilots.year = users.year
left join national as lagged on pilots.year = lagged.year + 1
