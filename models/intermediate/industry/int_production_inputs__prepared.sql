-- Firm-years of the survey with output and three inputs in constant prices, in logs, and what else moves the demand for materials.
select
    firms.firm_id,
    firms.year,
    firms.cic2,
    ln(firms.output / prices.producer_price) as lny,
    ln(firms.employees) as lnl,
    ln(firms.fixed_assets / prices.producer_price) as lnk,
    ln(firms.intermediate_input / prices.producer_price) as lnm,
    firms.intermediate_input / firms.output as material_share,
    coalesce(firms.exports > 0, false)::integer as is_exporter,
    least(coalesce(firms.exports, 0) / firms.output, 1) as export_share,
    (coalesce(firms.ownership, '') = 'foreign')::integer as is_foreign
from {{ ref('fct_industrial_firm_year') }} as firms
inner join {{ ref('int_producer_prices__chained') }} as prices on firms.year = prices.year
where firms.cic2 is not null and firms.output > 0 and firms.employees > 0 and firms.fixed_assets > 0 and firms.intermediate_input > 0
