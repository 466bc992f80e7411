-- Employees of IFR sectors by city in the industrial survey of 2000 and 2009: the shares of both instruments (methods.md 5.7).
with sectors as (
    select firms.city_code, firms.year, firms.employees, sectors.sector_code
    from {{ ref('int_industrial_firm_years__screened') }} as firms
    inner join {{ ref('seed_ifr_cic') }} as sectors on {{ starts_with_prefix('firms.cic4', 'sectors.cic_prefix') }}
    where firms.drop_reason is null and firms.year in (2000, 2009) and firms.city_code is not null and firms.employees is not null
    qualify row_number() over (partition by firms._file, firms._row order by length(sectors.cic_prefix) desc) = 1
),

summed as (
    select city_code, year, sector_code, sum(employees::decimal(18, 2)) as employees
    from sectors
    group by city_code, year, sector_code
)

select
    city_code,
    year,
    sector_code,
    employees::double as employees,
    (employees::double / sum(employees) over (partition by city_code, year)::double) as city_share,
    sum(employees) over (partition by sector_code, year)::double as national_employees
from summed
