-- Robot imports by year and province with its region (East, other), over all customs importers with a known city.
select
    cities.year::integer as year,
    cities.province_code::string as province_code,
    provinces.province_name::string as province_name,
    case when provinces.is_east::boolean then 'east' else 'other' end::string as region,
    sum(cities.robot_import_usd)::decimal(18, 2) as robot_import_usd,
    sum(cities.robot_import_units)::decimal(18, 2) as robot_import_units,
    count(*) filter (where cities.robot_import_usd > 0)::integer as importing_cities,
    (sum(cities.robot_import_usd)::double / nullif(max(cities.national_robot_import_usd), 0)::double)::double as national_share
from {{ ref('fct_city_robot_year') }} as cities
inner join {{ ref('seed_province') }} as provinces on cities.province_code = provinces.province_code::string
where cities.year between 2000 and 2013
group by cities.year, cities.province_code, provinces.province_name, provinces.is_east
order by cities.year, cities.province_code
