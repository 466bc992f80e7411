-- Robot imports by year and two-digit industry of the importer; importers outside the survey of the year have none.
with imports as (
    select
        records.year,
        firms.firm_id,
        records.value_usd,
        records.quantity::decimal(18, 2) as quantity,
        records.name_text
    from {{ ref('int_customs_transactions__screened') }} as records
    left join {{ ref('int_customs_firms__matched') }} as firms on records.name_text = firms.name_text
    where records.drop_reason is null and records.direction = '进口' and records.is_robot
)

select
    imports.year::integer as year,
    coalesce(firms.cic2, 'unknown')::string as cic2,
    sum(imports.value_usd)::decimal(18, 2) as robot_import_usd,
    coalesce(sum(imports.quantity), 0)::decimal(18, 2) as robot_import_units,
    count(distinct imports.name_text)::integer as importers,
    (sum(imports.value_usd)::double / sum(sum(imports.value_usd)) over (partition by imports.year)::double)::double as year_share
from imports
left join {{ ref('fct_industrial_firm_year') }} as firms on imports.firm_id = firms.firm_id and imports.year = firms.year
group by imports.year, coalesce(firms.cic2, 'unknown')
order by imports.year, cic2
