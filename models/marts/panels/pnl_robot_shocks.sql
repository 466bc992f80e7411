-- US robots per thousand workers of 2000 by IFR sector and year: the shocks of equation (2).
select
    stocks.sector_code::varchar as sector_code,
    stocks.year::integer as year,
    (stocks.stock / us.us_employment_thousand)::double as shock,
    stocks.is_imputed::boolean as is_imputed
from {{ ref('int_us_robots__imputed') }} as stocks
inner join (
    select distinct sector_code, us_employment_thousand
    from {{ ref('int_city_sector_exposures__weighted') }}
    where us_employment_thousand is not null
) as us on stocks.sector_code = us.sector_code
