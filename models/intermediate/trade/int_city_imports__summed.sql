-- Imports of each city and year: robots (all modes, and without processing trade), robot parts, capital goods.
with imports as (
    select
        records.city_code,
        records.year,
        records.value_usd,
        records.quantity,
        records.is_robot,
        records.is_robot_part,
        records.trade_mode_kind in ('processing_assembly', 'processing_imported_inputs', 'processing_equipment') as is_processing,
        coalesce(bec.capital_rate, 0) as capital_rate,
        bec.hs6 is not null as has_bec
    from {{ ref('int_customs_transactions__screened') }} as records
    left join {{ ref('int_bec_rates__averaged') }} as bec
        on substr(records.hs8, 1, 6) = bec.hs6 and {{ hs_revision('records.year') }} = bec.hs_revision
    where records.drop_reason is null and records.direction = '进口' and records.city_code is not null
)

select
    city_code,
    year,
    sum(value_usd)::decimal(18, 2) as import_usd,
    coalesce(sum(value_usd) filter (where is_robot), 0)::decimal(18, 2) as robot_import_usd,
    coalesce(sum(quantity::decimal(18, 2)) filter (where is_robot), 0)::decimal(18, 2) as robot_import_units,
    coalesce(sum(value_usd) filter (where is_robot and not is_processing), 0)::decimal(18, 2) as robot_ordinary_usd,
    coalesce(sum(value_usd) filter (where is_robot_part), 0)::decimal(18, 2) as part_import_usd,
    sum((value_usd * capital_rate)::decimal(18, 4))::decimal(20, 4) as city_cap,
    coalesce(sum(value_usd) filter (where not has_bec), 0)::decimal(18, 2) as import_without_bec_usd
from imports
group by city_code, year
