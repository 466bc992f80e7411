-- How applicants were classified (methods.md 1.7): by region, kind and the rule that decided, names and appearances on applications.
select
    names.owner_region,
    names.owner_class,
    names.rule_id,
    count(distinct names.owner)::bigint as n_names,
    count(owners.application_no)::bigint as n_appearances,
    min(names.owner) as example
from {{ ref('int_owners__classified') }} as names
inner join {{ ref('fct_patent_owner') }} as owners on names.owner = owners.owner
group by names.owner_region, names.owner_class, names.rule_id
order by names.owner_region, names.owner_class, names.rule_id
