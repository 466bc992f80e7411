-- The terms of equation (2): US robots per thousand workers of a sector, weighted by the city's employment of 2000.
select
    exposures.city_code,
    exposures.sector_code,
    stocks.year,
    exposures.relative_employment * stocks.stock / exposures.us_employment_thousand as penetration,
    stocks.is_imputed
from {{ ref('int_city_sector_exposures__weighted') }} as exposures
inner join {{ ref('int_us_robots__imputed') }} as stocks on exposures.sector_code = stocks.sector_code
where exposures.relative_employment is not null and exposures.us_employment_thousand is not null
