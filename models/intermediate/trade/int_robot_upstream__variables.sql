-- Firm-level variables of the upstream panel before the pooled transformations (standardising, quantile groups).
with sample as (
    select firm_id, year
    from {{ ref('int_robot_upstream__sample') }}
    where drop_reason is null
)

select
    firms.*,
    case when firms.patents > 0 then ln(firms.patents) end as lnspatent,
    case when firms.invention_patents > 0 then ln(firms.invention_patents) end as lnfm_patent,
    ln(1 + firms.patents) as lnspatent1,
    us.lnlp_us - (case when firms.output > 0 and firms.employees > 0 then ln(firms.output / firms.employees) end - {{ "0" if option('robot_gap_prices') == 'current' else "ln(prices.producer_price)" }}) as gap,
    value_added.dvar,
    case when trade.export_kinds > 0 then ln(trade.export_kinds) end as lnn
from sample
inner join {{ ref('fct_industrial_firm_year') }} as firms on sample.firm_id = firms.firm_id and sample.year = firms.year
inner join {{ ref('int_producer_prices__chained') }} as prices on firms.year = prices.year
left join {{ ref('int_us_productivity__matched') }} as us on firms.cic4 = us.cic4 and firms.year = us.year
left join {{ ref('int_customs_firm_years__summed') }} as trade on firms.firm_id = trade.firm_id and firms.year = trade.year
left join {{ ref('int_firm_value_added__measured') }} as value_added
    on firms.firm_id = value_added.firm_id and firms.year = value_added.year
