-- What both panels of pilot_spillover need of the firms of its sample, before winsorising (methods.md 5.5): exposure of the city, patents, controls.
{% set counts = ['apply_inv_zl', 'apply_inv_nozl', 'apply_inv_zl_joint', 'grant_inv_zl', 'grant_inv_zl_joint', 'cite_inv_zl'] %}

with firms as (
    select distinct stkcd from {{ ref('int_pilot_spillover__sample') }} where drop_reason is null
),

records as (
    select firm.*
    from {{ ref('int_csmar_firm_years') }} as firm
    inner join firms on firm.stkcd = firms.stkcd
    where firm.year between 2010 and 2022 and firm.csrc2 is not null and substr(firm.csrc2, 1, 1) <> 'J' and firm.city_code is not null
)

select
    firm.stkcd,
    firm.year,
    firm.csrc2,
    pilot.province_code,
    firm.city_code,
    firm.office_city_code,
    place.longitude,
    place.latitude,
    pilot.policy,
    pilot.policy_cohort,
    pilot.rel_time,
    pilot.n_batches,
    office.policy as policy_office,
    {%- for count in counts %}
    coalesce(patents.{{ count }}, 0) as {{ count }},
    ln(1 + coalesce(patents.{{ count }}, 0)) as ln_{{ count }},
    {%- endfor %}
    case when firm.total_assets > 0 then firm.net_profit / firm.total_assets end as roa,
    case when year(registry.founding_date) <= firm.year then ln(firm.year - year(registry.founding_date) + 1) end as lnage,
    case when firm.revenue > 0 then firm.total_assets / firm.revenue end as ki,
    (firm.ownership = '国企')::integer as ifdome,
    case when firm.total_assets > 0 then {{ 'ln(firm.total_assets)' if option('size') == 'ln' else 'firm.total_assets' }} end as size,
    case when firm.total_assets > 0 then firm.total_liabilities / firm.total_assets end as kd,
    city.gdp_per_head as meangdp,
    case when city.population_10k > 0 then city.internet_10k / city.population_10k * 10000 end as infor,
    city.budget_10k * 10000 as finsgov,
    city.fdi_10k_usd * 10000 as fdi,
    firm.revenue as sale,
    case when firm.revenue > 0 then ln(firm.revenue) end as ln_sale,
    firm.fixed_assets,
    firm.capex
from records as firm
inner join {{ ref('fct_city_pilot_year') }} as pilot on firm.city_code = pilot.city_code and firm.year = pilot.year
inner join {{ ref('dim_city') }} as place on firm.city_code = place.city_code
left join {{ ref('fct_city_pilot_year') }} as office on firm.office_city_code = office.city_code and firm.year = office.year
left join {{ ref('dim_listed_firm') }} as registry on firm.stkcd = registry.stkcd
left join {{ ref('fct_city_year') }} as city on firm.city_code = city.city_code and firm.year = city.year
left join {{ ref('fct_firm_patent_year') }} as patents on firm.stkcd = patents.stkcd and firm.year = patents.year
