-- Interactions per firm and year in every reading. A-000-5: pairs of application and co-owner, applications with a co-owner, or distinct
-- co-owners. A-000-7: owners of Hong Kong, Macao and Taiwan are domestic or foreign.
{% set counted = {'pairs': '*', 'applications': 'distinct application_no', 'partners': 'distinct owner_key'} %}
{% set abroad = {'domestic': 'is_foreign', 'foreign': '(is_foreign or is_hmt)'} %}

{% for hmt in readings_of('hmt_owners') %}
{%- set outer_loop = loop %}
{%- for unit in readings_of('network_unit') %}
select
    '{{ unit }}' as network_unit,
    '{{ hmt }}' as hmt_owners,
    stkcd,
    year,
    (count({{ counted[unit] }}) filter (where not {{ abroad[hmt] }}))::integer as dnetwork_obs,
    (count({{ counted[unit] }}) filter (where not {{ abroad[hmt] }} and is_research))::integer as dschool_obs,
    (count({{ counted[unit] }}) filter (where not {{ abroad[hmt] }} and not is_research))::integer as dfirm_obs,
    bool_or({{ abroad[hmt] }})::integer as has_foreign_partner
from {{ ref('int_firm_partners') }}
group by stkcd, year
{{ 'union all' if not (loop.last and outer_loop.last) }}
{%- endfor %}
{%- endfor %}
