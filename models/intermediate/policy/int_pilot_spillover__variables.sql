-- Panel rows before winsorising (methods.md 5.5): the measured firm-years of the sample with instruments, sub-fields, stocks, moderators.
{% set fields = ['it', 'equipment', 'material', 'bio', 'nev', 'energy', 'environment', 'digital', 'service'] %}

with sample as (
    select firm.*
    from {{ ref('int_pilot_firm_years__measured') }} as firm
    inner join {{ ref('int_pilot_spillover__sample') }} as kept on firm.stkcd = kept.stkcd and firm.year = kept.year
    where kept.drop_reason is null
),

stocks as (
    select sample.stkcd, sample.year, sum(patents.apply_inv_zl) as key_stock, sum(patents.apply_inv_zl) filter (where patents.year < 2010) as key_stock_2009
    from sample
    inner join {{ ref('fct_firm_patent_year') }} as patents on sample.stkcd = patents.stkcd and patents.year < sample.year
    group by sample.stkcd, sample.year
),

homes as (
    select stkcd, count(distinct city_code) as n_cities, count(*) as observed_years
    from sample
    group by stkcd
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
    sample.*,
    coalesce(sample.rel_time = -1, false)::integer as announcement_year,
    coalesce(sample.rel_time = -2, false)::integer as year_before_announcement,
    instruments.iv1,
    hypothetical.iv2,
    {%- for field in fields %}
    ln(1 + coalesce(fields.apply_zl_{{ field }}, 0)) as ln_apply_zl_{{ field }},
    {%- endfor %}
    ln(1 + coalesce(stocks.key_stock, 0)) as ln_key_stock_lag,
    ln(1 + coalesce(past.apply_inv_zl, 0)) as ln_apply_inv_zl_lag,
    ln(1 + coalesce(stocks.key_stock_2009, 0)) as ln_key_stock_2009,
    market.saleshare,
    market.volatility_pre,
    market.volatility_current,
    market.volatility_post,
    market.hhi_city_ind,
    market.ww,
    constraints.fc,
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
    (sample.policy = 0 and place.province_pilot = 1)::integer as province_pilot,
    (sample.policy = 0 and coalesce(industry_pilots.first_year < sample.year, false))::integer as industry_pilot,
    (homes.n_cities > 1)::integer as moved,
    homes.observed_years::integer as observed_years
from sample
inner join {{ ref('int_city_spillovers') }} as place on sample.city_code = place.city_code and sample.year = place.year
inner join {{ ref('int_city_instruments') }} as instruments on sample.city_code = instruments.city_code and sample.year = instruments.year
inner join {{ ref('int_city_hypothetical_pilots') }} as hypothetical on sample.city_code = hypothetical.city_code and sample.year = hypothetical.year
inner join homes on sample.stkcd = homes.stkcd
left join industry_pilots on sample.csrc2 = industry_pilots.csrc2
left join {{ ref('fct_firm_patent_year') }} as past on sample.stkcd = past.stkcd and sample.year = past.year + 1
left join {{ ref('int_firm_field_patents') }} as fields on sample.stkcd = fields.stkcd and sample.year = fields.year
left join stocks on sample.stkcd = stocks.stkcd and sample.year = stocks.year
left join {{ ref('int_firm_markets') }} as market on sample.stkcd = market.stkcd and sample.year = market.year
left join {{ ref('int_firm_constraints') }} as constraints on sample.stkcd = constraints.stkcd and sample.year = constraints.year
left join {{ ref('int_city_similarities') }} as similarity on sample.city_code = similarity.city_code and sample.year = similarity.year
left join {{ ref('int_firm_words') }} as words on sample.stkcd = words.stkcd and sample.year = words.year
left join pilot_words on sample.stkcd = pilot_words.stkcd
left join {{ ref('int_firm_subsidies') }} as subsidies on sample.stkcd = subsidies.stkcd and sample.year = subsidies.year
left join {{ ref('int_firm_widths') }} as widths on sample.stkcd = widths.stkcd and sample.year = widths.year
