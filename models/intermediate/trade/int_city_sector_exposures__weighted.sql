-- Employment of IFR sectors by city in 2000 (survey) against the median city, and US employment of the sector in 2000: the parts of (2).
with employed as (
    select
        firms.city_code,
        sectors.sector_code,
        sum(firms.employees::decimal(18, 2)) as employees
    from {{ ref('int_industrial_firm_years__screened') }} as firms
    inner join {{ ref('int_class_sectors__matched') }} as sectors on firms.cic4 = sectors.cic4
    where firms.drop_reason is null and firms.year = 2000 and firms.city_code is not null and firms.employees is not null
    group by firms.city_code, sectors.sector_code
),

grid as (
    select
        cities.city_code,
        detail.sector_code,
        coalesce(employed.employees, 0)::double as employees
    from (select distinct city_code from employed) as cities
    cross join (select distinct sector_code from employed) as detail
    left join employed on cities.city_code = employed.city_code and detail.sector_code = employed.sector_code
),

us as (
    select sector_code, employment_thousand
    from {{ ref('int_us_employment__screened') }}
    where drop_reason is null and year = 2000
)

select
    grid.city_code,
    grid.sector_code,
    grid.employees,
    medians.median_employees,
    grid.employees / nullif(medians.median_employees, 0) as relative_employment,
    us.employment_thousand as us_employment_thousand
from grid
inner join (
    select sector_code, median(employees) as median_employees
    from grid
    where {{ "true" if option('robot_median_cities') == 'all' else "employees > 0" }}
    group by sector_code
) as medians on grid.sector_code = medians.sector_code
left join us on grid.sector_code = us.sector_code
