with applications as (
    select
        stkcd,
        year,
        count(*) as inv_apply,
        count(*) filter (where is_key) as keypat,
        count(*) filter (where is_pur) as purpat,
        count(*) filter (where is_lead) as leadpat,
        count(*) filter (where is_sei) as apply_inv_zl,
        count(*) filter (where not is_sei) as apply_inv_nozl,
        count(*) filter (where is_sei and is_joint) as apply_inv_zl_joint,
        count(*) filter (where is_sei and is_granted) as grant_inv_zl,
        count(*) filter (where is_sei and is_joint and is_granted) as grant_inv_zl_joint,
        coalesce(sum(cited_times) filter (where is_sei), 0) as cite_inv_zl
    from {{ ref('int_firm_patents') }}
    group by stkcd, year
)

select
    applications.stkcd,
    applications.year,
    {%- for count in ['inv_apply', 'keypat', 'purpat', 'leadpat', 'apply_inv_zl', 'apply_inv_nozl', 'apply_inv_zl_joint',
        'grant_inv_zl', 'grant_inv_zl_joint', 'cite_inv_zl'] %}
    applications.{{ count }}::integer as {{ count }},
    {%- endfor %}
    coalesce(network.dnetwork_obs, 0) as dnetwork_obs,
    coalesce(network.dschool_obs, 0) as dschool_obs,
    coalesce(network.dfirm_obs, 0) as dfirm_obs,
    coalesce(network.has_foreign_partner, 0) as dum_fnetwork
from applications
left join {{ ref('int_firm_networks') }} as network
    on applications.stkcd = network.stkcd and applications.year = network.year
    and network.network_unit = '{{ option('network_unit') }}' and network.hmt_owners = '{{ option('hmt_owners') }}'
