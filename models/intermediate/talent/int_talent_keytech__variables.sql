-- Panel rows before winsorising: outcomes of the year, regressors of the record of the year before (methods.md 1.3-1.5). A count is zero
-- where the firm has no application, and null where the patent source has none of the year at all.
{% set outcomes = ['keypat', 'purpat', 'leadpat'] %}
{% set networks = ['dnetwork_obs', 'dschool_obs', 'dfirm_obs'] %}

with sample as (
    select
        stkcd,
        year,
        record_year,
        year - {{ option('moderator_lag') }} as moderator_year,
        year in (select year from {{ ref('fct_patent') }}) as has_outcomes,
        year - {{ option('moderator_lag') }} in (select year from {{ ref('fct_patent') }}) as has_moderators
    from {{ ref('int_talent_keytech__sample') }}
    where drop_reason is null
),

sections as (
    select province_code, year, upper(substr(section, 1, 1)) as section, sum(experts) as experts
    from {{ ref('int_experts_by_industry__screened') }}
    where drop_reason is null
    group by province_code, year, upper(substr(section, 1, 1))
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
    {%- for name in outcomes %}
    case when sample.has_outcomes then coalesce(outcome.{{ name }}, 0) end as {{ name }},
    case when sample.has_outcomes then ln(1 + coalesce(outcome.{{ name }}, 0)) end as ln{{ name }},
    {%- endfor %}
    talent.* except (province_code, year),
    firm.lnage, firm.lnsize, firm.lnkl, firm.top1, firm.ind_share, firm.dum_dual, firm.lnave_wage, firm.growth, firm.asset_debt,
    firm.lnemployee, firm.mgmt_share, firm.growth_alt,
    {%- for name in networks %}
    case when sample.has_moderators then coalesce(network.{{ name }}, 0) end as {{ name }},
    case when sample.has_moderators then ln(1 + coalesce(network.{{ name }}, 0)) end as ln{{ name }},
    {%- endfor %}
    {% if option('foreign_dummy') == 'ever' -%}
    coalesce(foreign_partners.first_year <= sample.moderator_year, false)::integer as dum_fnetwork,
    {%- else -%}
    case when sample.has_moderators then coalesce(network.dum_fnetwork, 0) end as dum_fnetwork,
    {%- endif %}
    advantage.fkeyshare,
    advantage.keyshare,
    advantage.rta_key,
    advantage.dum_keyadv_{{ option('unlisted_window') }} as dum_keyadv,
    case when sample.has_moderators then coalesce(relatedness.frelate, 0) end as frelate,
    moderating.hightech_{{ option('hightech_level') }} as hightech,
    {%- for name in ['key', 'pur', 'lead'] %}
    case when sample.has_outcomes then coalesce(breakthrough.dum_{{ name }}break, 0) end as dum_{{ name }}break,
    {%- endfor %}
    case
        when
            sample.record_year > {{ option('section_lost_years') }}
            and (firm.province_code, sample.record_year) in (select (province_code, year) from sections)
            then ln(1 + coalesce(sections.experts, 0))
    end as lntalent_ind,
    ln(1 + talent.experts * firm.employees / talent.employed_persons) as lntalent_firm,
    industry.is_core_industry::integer as core_industry
from sample
inner join {{ ref('int_talent_keytech__firm_years') }} as firm on sample.stkcd = firm.stkcd and sample.record_year = firm.year
left join {{ ref('int_talent_keytech__firm_years') }} as moderating
    on sample.stkcd = moderating.stkcd and sample.moderator_year = moderating.year
inner join {{ ref('fct_province_talent_year') }} as talent
    on firm.province_code = talent.province_code and sample.record_year = talent.year
inner join {{ ref('seed_csrc_2012') }} as industry on firm.csrc2 = industry.csrc2
left join {{ ref('fct_firm_patent_year') }} as outcome on sample.stkcd = outcome.stkcd and sample.year = outcome.year
left join {{ ref('fct_firm_patent_year') }} as network on sample.stkcd = network.stkcd and sample.moderator_year = network.year
left join foreign_partners on sample.stkcd = foreign_partners.stkcd
left join {{ ref('int_key_advantages') }} as advantage
    on sample.stkcd = advantage.stkcd and sample.year = advantage.year and advantage.ipc_level = '{{ option('ipc_level') }}'
left join {{ ref('int_firm_relatedness') }} as relatedness
    on sample.stkcd = relatedness.stkcd and sample.moderator_year = relatedness.year
    and relatedness.moderator_lag = {{ option('moderator_lag') }} and relatedness.proximity = '{{ option('proximity') }}'
left join {{ ref('int_key_breakthroughs') }} as breakthrough on sample.stkcd = breakthrough.stkcd and sample.year = breakthrough.year
left join sections
    on firm.province_code = sections.province_code and substr(firm.csrc2, 1, 1) = sections.section and sample.record_year = sections.year
