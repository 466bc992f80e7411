-- The industrial survey as the studies use it: one row per firm and year, with ownership, logs, concentration and patents.
{% set value = 'output - intermediate_input' if option('robot_lnlp') == 'value_added' else 'output' %}

with firms as (
    select
        *,
        {{ ownership() }} as ownership,
        {{ ownership_by_type() }} as ownership_by_type,
        (sum(sales::decimal(18, 2)) over industry_year)::decimal(38, 2) as industry_sales,
        sum((sales::decimal(19, 2) * sales::decimal(19, 2))::decimal(38, 4)) over industry_year as industry_squared_sales
    from {{ ref('int_industrial_firm_years__screened') }}
    where drop_reason is null
    window industry_year as (partition by cic4, year)
)

select
    firms.firm_id::string as firm_id,
    firms.year::integer as year,
    firms.registration_id::string as registration_id,
    firms.match_method::string as match_method,
    firms.city_code::string as city_code,
    substr(firms.city_code, 1, 2)::string as province_code,
    firms.cic4::string as cic4,
    substr(firms.cic4, 1, 2)::string as cic2,
    firms.ownership::string as ownership,
    firms.ownership_by_type::string as ownership_by_type,
    firms.founding_year::integer as founding_year,
    firms.employees::double as employees,
    firms.output::double as output,
    firms.sales::double as sales,
    firms.exports::double as exports,
    firms.intermediate_input::double as intermediate_input,
    firms.fixed_assets::double as fixed_assets,
    firms.total_assets::double as total_assets,
    firms.selling_expense::double as selling_expense,
    firms.total_profit::double as total_profit,
    coalesce(patents.patents, 0)::integer as patents,
    coalesce(patents.invention_patents, 0)::integer as invention_patents,
    coalesce(upstream.is_upstream, false)::boolean as is_upstream,
    {{ log_positive(value ~ ' > 0 and employees > 0', '(' ~ value ~ ') / employees') }}::double as lnlp,
    {{ log_positive('fixed_assets > 0', 'fixed_assets') }}::double as lnkfix,
    {{ log_positive('fixed_assets > 0 and employees > 0', 'fixed_assets / employees') }}::double as lnklratio,
    ln(firms.year - firms.founding_year + 1)::double as lnbdat,
    {{ log_positive('selling_expense > 0 and output > 0', 'selling_expense / output') }}::double as lnexpense,
    {{ log_positive('total_profit > 0', 'total_profit') }}::double as lnprofit,
    {{ size_age_index('total_assets / 1000', 'firms.year - firms.founding_year') }}::double as sa,
    case
        when firms.cic4 is not null then industry_squared_sales::double / nullif(industry_sales::double * industry_sales::double, 0)
    end::double as cic4_hhi
from firms
left join {{ ref('int_industrial_firm_patents__counted') }} as patents on firms.firm_id = patents.firm_id and firms.year = patents.year
left join {{ ref('fct_upstream_firm') }} as upstream on firms.registration_id = upstream.registration_id
