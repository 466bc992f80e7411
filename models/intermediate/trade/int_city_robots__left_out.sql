-- US robot penetration of each city and year without one sector: the instrument of a firm leaves its own sector out.
with terms as (
    select * from {{ ref('int_city_sector_robots__weighted') }}
)

select
    terms.city_code,
    terms.year,
    sectors.sector_code as left_out,
    coalesce(sum(terms.penetration order by terms.sector_code) filter (where terms.sector_code <> sectors.sector_code), 0) as us_robot_other_sectors
from terms
cross join (select distinct sector_code from terms) as sectors
group by terms.city_code, terms.year, sectors.sector_code
