-- Trade of each matched industrial firm and year: processing and ordinary flows, ordinary imports of intermediates, parts, product kinds.
with records as (
    select
        firms.firm_id,
        records.year,
        records.hs8,
        records.value_usd,
        records.direction = '进口' as is_import,
        records.trade_mode_kind in ('processing_assembly', 'processing_imported_inputs') as is_processing,
        records.trade_mode_kind = 'ordinary' as is_ordinary,
        records.is_robot_part,
        coalesce(bec.intermediate_rate, 0) as intermediate_rate
    from {{ ref('int_customs_transactions__screened') }} as records
    inner join {{ ref('int_customs_firms__matched') }} as firms on records.name_text = firms.name_text
    left join {{ ref('int_bec_rates__averaged') }} as bec
        on substr(records.hs8, 1, 6) = bec.hs6 and {{ hs_revision('records.year') }} = bec.hs_revision
    where records.drop_reason is null and firms.firm_id is not null
)

select
    firm_id,
    year,
    coalesce(sum(value_usd) filter (where is_import), 0)::decimal(18, 2) as import_usd,
    coalesce(sum(value_usd) filter (where not is_import), 0)::decimal(18, 2) as export_usd,
    coalesce(sum(value_usd) filter (where is_import and is_processing), 0)::decimal(18, 2) as processing_import_usd,
    coalesce(sum(value_usd) filter (where not is_import and is_processing), 0)::decimal(18, 2) as processing_export_usd,
    coalesce(sum(value_usd) filter (where not is_import and is_ordinary), 0)::decimal(18, 2) as ordinary_export_usd,
    coalesce(
        sum((value_usd * intermediate_rate)::decimal(18, 4)) filter (where is_import and is_ordinary), 0
    )::decimal(20, 4) as ordinary_intermediate_import_usd,
    coalesce(sum(value_usd) filter (where is_import and is_robot_part), 0)::decimal(18, 2) as part_import_usd,
    count(distinct hs8) filter (where not is_import)::integer as export_kinds
from records
group by firm_id, year
