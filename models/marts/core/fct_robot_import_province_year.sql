-- Robot imports by year and province with its region (East, other), over all customs importers with a known city, beside its upstream makers.
with importers as (
    select
        year,
        substr(city_code, 1, 2) as province_code,
        count(distinct name_text) as importers
    from {{ ref('int_customs_transactions__screened') }}
    where drop_reason is null and direction = '进口' and is_robot and city_code is not null
    group by year, province_code
),

makers as (
    select year, province_code, count(*) as upstream_firms
    from {{ ref('fct_industrial_firm_year') }}
    where is_upstream and province_code is not null
    group by year, province_code
),

summed as (
    select
        year,
        province_code,
        sum(robot_import_usd) as robot_import_usd,
        sum(robot_import_units) as robot_import_units,
        count(*) filter (where robot_import_usd > 0) as importing_cities,
        sum(robot_import_usd)::double / nullif(max(national_robot_import_usd), 0)::double as national_share
    from {{ ref('fct_city_robot_year') }}
    where year between 2000 and 2013
    group by year, province_code
)

select
    summed.year::integer as year,
    summed.province_code::varchar as province_code,
    provinces.province_name::varchar as province_name,
    case when provinces.is_east::boolean then 'east' else 'other' end::varchar as region,
    summed.robot_import_usd::decimal(18, 2) as robot_import_usd,
    summed.robot_import_units::decimal(18, 2) as robot_import_units,
    summed.importing_cities::integer as importing_cities,
    coalesce(importers.importers, 0)::integer as importers,
    coalesce(makers.upstream_firms, 0)::integer as upstream_firms,
    summed.national_share::double as national_share
from summed
inner join {{ ref('seed_province') }} as provinces on summed.province_code = provinces.province_code::varchar
left join importers on summed.year = importers.year and summed.province_code = importers.province_code
left join makers on summed.year = makers.year and summed.province_code = makers.province_code
order by summed.year, summed.province_code
