-- Domestic value-added ratio of exporters (4.8 R1b): trade in US dollars, domestic sales of the survey converted at the yearly rate.
with exporters as (
    select
        trade.firm_id,
        trade.year,
        trade.processing_import_usd::double as processing_imports,
        trade.processing_export_usd::double as processing_exports,
        trade.ordinary_export_usd::double as ordinary_exports,
        trade.ordinary_intermediate_import_usd::double as intermediate_imports,
        (firms.output - coalesce(firms.exports, 0)) * 1000 / rate.cny_per_usd as domestic_sales
    from {{ ref('int_customs_firm_years__summed') }} as trade
    inner join {{ ref('fct_industrial_firm_year') }} as firms on trade.firm_id = firms.firm_id and trade.year = firms.year
    inner join {{ ref('seed_exchange_rate') }} as rate on trade.year = rate.year
    where trade.processing_export_usd + trade.ordinary_export_usd > 0
),

measured as (
    select
        firm_id,
        year,
        1 - (
            processing_imports
            + case when ordinary_exports > 0 then ordinary_exports / (domestic_sales + ordinary_exports) else 0 end * intermediate_imports
        ) / (processing_exports + ordinary_exports) as ratio
    from exporters
    where domestic_sales >= 0
)

select
    firm_id,
    year,
    case when ratio between 0 and 1 then ratio end as dvar
from measured
