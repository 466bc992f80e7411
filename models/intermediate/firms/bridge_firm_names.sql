-- Which listed firm and which registered enterprise each name in patents, customs, survey and pilot lists means; unmatched names are left out.
with written as (
    select applicant_clean as name from {{ ref('int_patent_owners') }}
    union
    select name_text from {{ ref('int_customs_firms__matched') }}
    union
    select name_text from {{ ref('int_industrial_firms__matched') }}
    union
    select unit_name from {{ ref('int_pilot_units__screened') }} where drop_reason is null
),

listed as (
    select stkcd as firm_id, name, case when is_current then 'current' else 'former' end as name_kind
    from {{ ref('int_firm_names') }}
),

enterprises as (
    select registration_id as firm_id, name_text as name, name_kind
    from {{ ref('int_enterprise_names__listed') }}
),

to_listed as (
    {{ match_names('written', 'name', 'listed') }}
),

to_enterprises as (
    {{ match_names('written', 'name', 'enterprises') }}
)

select 'listed_firm' as firm_system, name, firm_id, match_method, match_score, n_candidates
from to_listed
where match_method <> 'unmatched'
union all
select 'registered_enterprise', name, firm_id, match_method, match_score, n_candidates
from to_enterprises
where match_method <> 'unmatched'
