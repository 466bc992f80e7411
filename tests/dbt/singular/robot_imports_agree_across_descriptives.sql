{{ config(meta = {'dagster': {'ref': {'name': 'fct_robot_import_province_year'}}}) }}
-- A failure means that robot imports by industry and by province do not add up to the customs records of the year.
with industries as (select year, sum(robot_import_usd) as usd from {{ ref('fct_robot_import_industry_year') }} group by year),

provinces as (select year, sum(robot_import_usd) as usd from {{ ref('fct_robot_import_province_year') }} group by year),

records as (
    select
        year,
        sum(value_usd) as usd,
        coalesce(sum(value_usd) filter (where city_code is not null), 0) as placed_usd
    from {{ ref('int_customs_transactions__screened') }}
    where drop_reason is null and direction = '进口' and is_robot
    group by year
)

select *
from records
left join industries on records.year = industries.year
left join provinces on records.year = provinces.year
where records.usd is distinct from industries.usd or records.placed_usd is distinct from coalesce(provinces.usd, 0)
