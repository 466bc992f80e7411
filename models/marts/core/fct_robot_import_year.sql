-- Robot imports of the country by year, over all customs importers, beside the upstream makers of the year (appendix of the paper).
with imports as (
    select
        records.year,
        sum(records.value_usd) as robot_import_usd,
        coalesce(sum(records.quantity::decimal(18, 2)), 0) as robot_import_units,
        count(distinct records.name_text) as importers,
        count(distinct records.city_code) as importing_cities
    from {{ ref('int_customs_transactions__screened') }} as records
    where records.drop_reason is null and records.direction = '进口' and records.is_robot
    group by records.year
),

east as (
    select year, sum(national_share order by province_code) as east_share
    from {{ ref('fct_robot_import_province_year') }}
    where region = 'east'
    group by year
),

industries as (
    select year, count(*) as industries
    from {{ ref('fct_robot_import_industry_year') }}
    where cic2 <> 'unknown'
    group by year
),

makers as (
    select
        year,
        count(*) as upstream_firms,
        sum(patents) as upstream_patents
    from {{ ref('fct_industrial_firm_year') }}
    where is_upstream
    group by year
)

select
    imports.year::integer as year,
    imports.robot_import_usd::decimal(18, 2) as robot_import_usd,
    imports.robot_import_units::decimal(18, 2) as robot_import_units,
    imports.importers::integer as importers,
    imports.importing_cities::integer as importing_cities,
    east.east_share::double as east_share,
    coalesce(industries.industries, 0)::integer as industries,
    coalesce(makers.upstream_firms, 0)::integer as upstream_firms,
    coalesce(makers.upstream_patents, 0)::integer as upstream_patents
from imports
left join east on imports.year = east.year
left join industries on imports.year = industries.year
left join makers on imports.year = makers.year
order by imports.year
