-- Panel rows before winsorising: outcomes of the year, regressors of the record of the year before (methods.md 1.3-1.5).
with sample as (
    select stkcd, year, record_year, year - {{ option('moderator_lag') }} as moderator_year
    from {{ ref('int_talent_keytech__sample') }}
    where drop_reason is null
),

sections as (
    select province_code, upper(substr(section, 1, 1)) as section, year, sum(experts) as experts
    from {{ ref('int_experts_by_industry__screened') }}
    where drop_reason is null
    group by province_code, upper(substr(section, 1, 1)), year
),

foreign_partners as (
    select stkcd, min(year) as first_year
    from {{ ref('fct_firm_patent_year') }}
    where dum_fnetwork = 1
    group by stkcd
)

select
    sample.stkcd,
    sample.year,
    firm.csrc2,
    firm.province_code,
    firm.region7,
    coalesce(outcome.keypat, 0) as keypat,
    coalesce(outcome.purpat, 0) as purpat,
    coalesce(outcome.leadpat, 0) as leadpat,
    ln(1 + coalesce(outcome.keypat, 0)) as lnkeypat,
    ln(1 + coalesce(outcome.purpat, 0)) as lnpurpat,
    ln(1 + coalesce(outcome.leadpat, 0)) as lnleadpat,
    talent.* exclude (province_code, year),
    firm.lnage, firm.lnsize, firm.lnkl, firm.top1, firm.ind_share, firm.dum_dual, firm.lnave_wage, firm.growth, firm.asset_debt,
    firm.lnemployee, firm.mgmt_share, firm.growth_alt,
    coalesce(network.dnetwork_obs, 0) as dnetwork_obs,
    coalesce(network.dschool_obs, 0) as dschool_obs,
    coalesce(network.dfirm_obs, 0) as dfirm_obs,
    ln(1 + coalesce(network.dnetwork_obs, 0)) as lndnetwork_obs,
    ln(1 + coalesce(network.dschool_obs, 0)) as lndschool_obs,
    ln(1 + coalesce(network.dfirm_obs, 0)) as lndfirm_obs,
    {% if option('foreign_dummy') == 'ever' -%}
    coalesce(foreign_partners.first_year <= sample.moderator_year, false)::integer as dum_fnetwork,
    {%- else -%}
    coalesce(network.dum_fnetwork, 0) as dum_fnetwork,
    {%- endif %}
    advantage.fkeyshare,
    advantage.keyshare,
    advantage.rta_key,
    advantage.dum_keyadv,
    coalesce(relatedness.frelate, 0) as frelate,
    (hightech.csrc2 is not null)::integer as hightech,
    coalesce(breakthrough.dum_keybreak, 0) as dum_keybreak,
    coalesce(breakthrough.dum_purbreak, 0) as dum_purbreak,
    coalesce(breakthrough.dum_leadbreak, 0) as dum_leadbreak,
    case
        when sample.record_year > {{ option('section_lost_years') }} then ln(1 + coalesce(sections.experts, 0))
    end as lntalent_ind,
    ln(1 + talent.experts * firm.employees / talent.employed_persons) as lntalent_firm,
    industry.is_core_industry::integer as core_industry
from sample
inner join {{ ref('int_talent_keytech__firm_years') }} as firm on sample.stkcd = firm.stkcd and sample.record_year = firm.year
inner join {{ ref('fct_province_talent_year') }} as talent
    on firm.province_code = talent.province_code and sample.record_year = talent.year
inner join {{ ref('seed_csrc_2012') }} as industry on firm.csrc2 = industry.csrc2
left join {{ ref('seed_hightech') }} as hightech on firm.csrc2 = hightech.csrc2
left join {{ ref('fct_firm_patent_year') }} as outcome on sample.stkcd = outcome.stkcd and sample.year = outcome.year
left join {{ ref('fct_firm_patent_year') }} as network on sample.stkcd = network.stkcd and sample.moderator_year = network.year
left join foreign_partners on sample.stkcd = foreign_partners.stkcd
left join {{ ref('int_key_advantages') }} as advantage on sample.stkcd = advantage.stkcd and sample.year = advantage.year
left join {{ ref('int_firm_relatedness') }} as relatedness on sample.stkcd = relatedness.stkcd and sample.moderator_year = relatedness.year
left join {{ ref('int_key_breakthroughs') }} as breakthrough on sample.stkcd = breakthrough.stkcd and sample.year = breakthrough.year
left join sections
    on firm.province_code = sections.province_code and substr(firm.csrc2, 1, 1) = sections.section and sample.record_year = sections.year
