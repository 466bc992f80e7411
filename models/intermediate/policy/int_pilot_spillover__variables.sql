-- Panel rows before winsorising (methods.md 5.5): outcomes, exposure, firm and city controls of the same year.
{% set fields = ['it', 'equipment', 'material', 'bio', 'nev', 'energy', 'environment', 'digital', 'service'] %}
{% set counts = ['apply_inv_zl', 'apply_inv_nozl', 'apply_inv_zl_joint', 'grant_inv_zl', 'grant_inv_zl_joint', 'cite_inv_zl'] %}

with sample as (
    select stkcd, year from {{ ref('int_pilot_spillover__sample') }} where drop_reason is null
),

stocks as (
    select sample.stkcd, sample.year, sum(patents.apply_inv_zl) as key_stock, sum(patents.apply_inv_zl) filter (where patents.year < 2010) as key_stock_2009
    from sample
    inner join {{ ref('fct_firm_patent_year') }} as patents on sample.stkcd = patents.stkcd and patents.year < sample.year
    group by sample.stkcd, sample.year
),

homes as (
    select sample.stkcd, count(distinct firm.city_code) as n_cities, count(*) as observed_years
    from sample
    inner join {{ ref('int_csmar_firm_years') }} as firm on sample.stkcd = firm.stkcd and sample.year = firm.year
    group by sample.stkcd
),

industry_pilots as (
    select firm.csrc2, min(pilots.announced_year) as first_year
    from {{ ref('int_pilot_firms') }} as pilots
    inner join {{ ref('int_csmar_firm_years') }} as firm on pilots.stkcd = firm.stkcd and pilots.announced_year = firm.year
    where firm.csrc2 is not null
    group by firm.csrc2
),

pilot_words as (
    select stkcd, bool_or(wf_pilot_category > 0)::integer as mentions_pilot
    from {{ ref('int_firm_words') }}
    where year between 2010 and 2019
    group by stkcd
)

select
    sample.stkcd,
    sample.year,
    firm.csrc2,
    pilot.province_code,
    firm.city_code,
    firm.office_city_code,
    pilot.policy,
    pilot.policy_cohort,
    pilot.rel_time,
    pilot.n_batches,
    coalesce(pilot.rel_time = -1, false)::integer as announcement_year,
    coalesce(pilot.rel_time = -2, false)::integer as year_before_announcement,
    instruments.iv1,
    hypothetical.iv2,
    {%- for count in counts %}
    coalesce(patents.{{ count }}, 0) as {{ count }},
    ln(1 + coalesce(patents.{{ count }}, 0)) as ln_{{ count }},
    {%- endfor %}
    {%- for field in fields %}
    ln(1 + coalesce(fields.apply_zl_{{ field }}, 0)) as ln_apply_zl_{{ field }},
    {%- endfor %}
    ln(1 + coalesce(stocks.key_stock, 0)) as ln_key_stock_lag,
    ln(1 + coalesce(past.apply_inv_zl, 0)) as ln_apply_inv_zl_lag,
    ln(1 + coalesce(stocks.key_stock_2009, 0)) as ln_key_stock_2009,
    case when firm.total_assets > 0 then firm.net_profit / firm.total_assets end as roa,
    case when year(registry.founding_date) <= sample.year then ln(sample.year - year(registry.founding_date) + 1) end as lnage,
    case when firm.revenue > 0 then firm.total_assets / firm.revenue end as ki,
    (firm.ownership = '国企')::integer as ifdome,
    {{ 'case when firm.total_assets > 0 then ln(firm.total_assets) end' if option('size') == 'ln' else 'case when firm.total_assets > 0 then firm.total_assets end' }} as size,
    case when firm.total_assets > 0 then firm.total_liabilities / firm.total_assets end as kd,
    city.gdp_per_head as meangdp,
    case when city.population_10k > 0 then city.internet_10k / city.population_10k * 10000 end as infor,
    city.budget_10k * 10000 as finsgov,
    city.fdi_10k_usd * 10000 as fdi,
    firm.revenue as sale,
    case when firm.revenue > 0 then ln(firm.revenue) end as ln_sale,
    market.saleshare,
    market.volatility_pre,
    market.volatility_current,
    market.volatility_post,
    market.hhi_city_ind,
    market.ww,
    constraints.fc,
    firm.fixed_assets,
    firm.capex,
    similarity.tech_sim_ipc3,
    similarity.tech_sim_ipc4,
    words.wf_visit,
    words.wf_standard,
    pilot_words.mentions_pilot,
    coalesce(subsidies.subsidy_rd, 0) as subsidy_rd,
    coalesce(subsidies.subsidy_patent, 0) as subsidy_patent,
    coalesce(widths.width1, 0) as width1,
    coalesce(widths.width2, 0) as width2,
    widths.width3,
    {{ 'ln(1 + coalesce(widths.new_key_applications, 0))' if option('width4') == 'ln' else 'coalesce(widths.new_key_applications, 0)::double' }} as width4,
    place.agglomeration,
    place.dist_treated_km,
    place.dist_pilot_city_km,
    {%- for upper in range(50, 501, 50) %}
    place.ring_{{ upper }},
    {%- endfor %}
    (pilot.policy = 0 and place.province_pilot = 1)::integer as province_pilot,
    (pilot.policy = 0 and coalesce(industry_pilots.first_year < sample.year, false))::integer as industry_pilot,
    (homes.n_cities > 1)::integer as moved,
    homes.observed_years::integer as observed_years
from sample
inner join {{ ref('int_csmar_firm_years') }} as firm on sample.stkcd = firm.stkcd and sample.year = firm.year
inner join {{ ref('fct_city_pilot_year') }} as pilot on firm.city_code = pilot.city_code and sample.year = pilot.year
inner join {{ ref('int_city_spillovers') }} as place on firm.city_code = place.city_code and sample.year = place.year
inner join {{ ref('int_city_instruments') }} as instruments on firm.city_code = instruments.city_code and sample.year = instruments.year
inner join {{ ref('int_city_hypothetical_pilots') }} as hypothetical on firm.city_code = hypothetical.city_code and sample.year = hypothetical.year
inner join homes on sample.stkcd = homes.stkcd
left join industry_pilots on firm.csrc2 = industry_pilots.csrc2
left join {{ ref('dim_listed_firm') }} as registry on sample.stkcd = registry.stkcd
left join {{ ref('fct_city_year') }} as city on firm.city_code = city.city_code and sample.year = city.year
left join {{ ref('fct_firm_patent_year') }} as patents on sample.stkcd = patents.stkcd and sample.year = patents.year
left join {{ ref('fct_firm_patent_year') }} as past on sample.stkcd = past.stkcd and sample.year = past.year + 1
left join {{ ref('int_firm_field_patents') }} as fields on sample.stkcd = fields.stkcd and sample.year = fields.year
left join stocks on sample.stkcd = stocks.stkcd and sample.year = stocks.year
left join {{ ref('int_firm_markets') }} as market on sample.stkcd = market.stkcd and sample.year = market.year
left join {{ ref('int_firm_constraints') }} as constraints on sample.stkcd = constraints.stkcd and sample.year = constraints.year
left join {{ ref('int_city_similarities') }} as similarity on firm.city_code = similarity.city_code and sample.year = similarity.year
left join {{ ref('int_firm_words') }} as words on sample.stkcd = words.stkcd and sample.year = words.year
left join pilot_words on sample.stkcd = pilot_words.stkcd
left join {{ ref('int_firm_subsidies') }} as subsidies on sample.stkcd = subsidies.stkcd and sample.year = subsidies.year
left join {{ ref('int_firm_widths') }} as widths on sample.stkcd = widths.stkcd and sample.year = widths.year
