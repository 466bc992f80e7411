-- US robot penetration of each city and year without one sector: the instrument of a firm leaves its own sector out.
with terms as (
    select
        exposures.city_code,
        exposures.sector_code,
        stocks.year,
        exposures.relative_employment * stocks.stock / exposures.us_employment_thousand as penetration
    from {{ ref('int_city_sector_exposures__weighted') }} as exposures
    inner join {{ ref('int_us_robots__imputed') }} as stocks on exposures.sector_code = stocks.sector_code
    where exposures.relative_employment is not null and exposures.us_employment_thousand is not null
)

select
    terms.city_code,
    terms.year,
    sectors.sector_code as left_out,
    coalesce(sum(terms.penetration order by terms.sector_code) filter (where terms.sector_code <> sectors.sector_code), 0) as us_robot_other_sectors
from terms
cross join (select distinct sector_code from terms) as sectors
group by terms.city_code, terms.year, sectors.sector_code
