-- Interactions per firm and year. A-000-5: pairs of application and co-owner, applications with a co-owner, or distinct co-owners.
{% set counted = {'pairs': '*', 'applications': 'distinct application_no', 'partners': 'distinct owner_key'}[option('network_unit')] %}

with counts as (
    select
        stkcd,
        year,
        count({{ counted }}) filter (where not is_foreign) as dnetwork_obs,
        count({{ counted }}) filter (where not is_foreign and is_research) as dschool_obs,
        count({{ counted }}) filter (where not is_foreign and not is_research) as dfirm_obs,
        count(*) filter (where is_foreign) as foreign_pairs
    from {{ ref('int_firm_partners') }}
    group by stkcd, year
)

select
    stkcd,
    year,
    dnetwork_obs::integer as dnetwork_obs,
    dschool_obs::integer as dschool_obs,
    dfirm_obs::integer as dfirm_obs,
    (foreign_pairs > 0)::integer as has_foreign_partner
from counts
