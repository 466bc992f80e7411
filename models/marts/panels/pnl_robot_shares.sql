-- Exposure of a city to an IFR sector: employment of 2000 relative to the median city, the weights of equation (2).
select
    city_code::varchar as city_code,
    sector_code::varchar as sector_code,
    employees::double as employees,
    relative_employment::double as share
from {{ ref('int_city_sector_exposures__weighted') }}
where relative_employment is not null and us_employment_thousand is not null
