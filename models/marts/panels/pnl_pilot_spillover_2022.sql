-- The firms of pnl_pilot_spillover followed to 2022 (methods.md 5.9 R7); screens as there, controls winsorised over all years.
{% set continuous = ['roa', 'lnage', 'ki', 'size', 'kd', 'meangdp', 'infor', 'finsgov', 'fdi'] %}

with firms as (
    select distinct stkcd from {{ ref('int_pilot_spillover__sample') }} where drop_reason is null
),

records as (
    select firm.*
    from {{ ref('int_csmar_firm_years') }} as firm
    inner join firms on firm.stkcd = firms.stkcd
    where firm.year between 2010 and 2022 and firm.csrc2 is not null and substr(firm.csrc2, 1, 1) <> 'J' and firm.city_code is not null
),

variables as (
    select
        firm.stkcd,
        firm.year,
        firm.csrc2,
        pilot.province_code,
        firm.city_code,
        pilot.policy,
        pilot.policy_cohort,
        coalesce(patents.apply_inv_zl, 0) as apply_inv_zl,
        ln(1 + coalesce(patents.apply_inv_zl, 0)) as ln_apply_inv_zl,
        case when firm.total_assets > 0 then firm.net_profit / firm.total_assets end as roa,
        case when year(registry.founding_date) <= firm.year then ln(firm.year - year(registry.founding_date) + 1) end as lnage,
        case when firm.revenue > 0 then firm.total_assets / firm.revenue end as ki,
        (firm.ownership = '国企')::integer as ifdome,
        {{ 'case when firm.total_assets > 0 then ln(firm.total_assets) end' if option('size') == 'ln' else 'case when firm.total_assets > 0 then firm.total_assets end' }} as size,
        case when firm.total_assets > 0 then firm.total_liabilities / firm.total_assets end as kd,
        city.gdp_per_head as meangdp,
        case when city.population_10k > 0 then city.internet_10k / city.population_10k * 10000 end as infor,
        city.budget_10k * 10000 as finsgov,
        city.fdi_10k_usd * 10000 as fdi
    from records as firm
    inner join {{ ref('fct_city_pilot_year') }} as pilot on firm.city_code = pilot.city_code and firm.year = pilot.year
    left join {{ ref('dim_listed_firm') }} as registry on firm.stkcd = registry.stkcd
    left join {{ ref('fct_city_year') }} as city on firm.city_code = city.city_code and firm.year = city.year
    left join {{ ref('fct_firm_patent_year') }} as patents on firm.stkcd = patents.stkcd and firm.year = patents.year
),

bounds as (
    {{ winsor_bounds('variables', continuous, 0.01) }}
)

select
    variables.* exclude ({{ continuous | join(', ') }}),
    {%- for control in continuous %}
    {{ winsorised(control) }} as {{ control }}{{ ',' if not loop.last }}
    {%- endfor %}
from variables
cross join bounds
order by variables.stkcd, variables.year
