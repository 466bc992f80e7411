{% set by_year = option('winsor_years') == 'each' %}
{% set firm_level = [
    'lnkeypat', 'lnpurpat', 'lnleadpat',
    'lnage', 'lnsize', 'lnkl', 'top1', 'ind_share', 'lnave_wage', 'growth', 'asset_debt',
    'lnemployee', 'mgmt_share', 'growth_alt',
    'lndnetwork_obs', 'lndschool_obs', 'lndfirm_obs', 'frelate', 'lntalent_firm',
] %}

with variables as (
    select * from {{ ref('int_talent_keytech__variables') }}
),

bounds as (
    {{ winsor_bounds('variables', firm_level, 0.01, by = 'year' if by_year) }}
)

select
    stkcd,
    variables.year,
    csrc2,
    province_code,
    region7,
    core_industry,
    keypat,
    purpat,
    leadpat,
    {%- for column in firm_level %}
    {{ winsorised(column) }} as {{ column }},
    {%- endfor %}
    dum_dual,
    lntalent,
    lntalent_base,
    lnbartik,
    lnbartik_as_printed,
    lnbartik_cumulative,
    lnbartik_leave_one_out,
    lntechnican,
    lnmanager,
    lnresearcher,
    talent_pop_share,
    lntalent_ind,
    dnetwork_obs,
    dschool_obs,
    dfirm_obs,
    dum_fnetwork,
    fkeyshare,
    keyshare,
    rta_key,
    dum_keyadv,
    hightech,
    dum_keybreak,
    dum_purbreak,
    dum_leadbreak
from variables
{{ 'inner join bounds on variables.year = bounds.year' if by_year else 'cross join bounds' }}
order by stkcd, variables.year
