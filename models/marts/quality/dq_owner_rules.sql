-- Which rules classified the owners of patents, and how many owners and application-owner pairs each decided.
select
    classes.rule_id::varchar as rule_id,
    classes.owner_region::varchar as owner_region,
    classes.owner_class::varchar as owner_kind,
    count(distinct classes.owner)::bigint as n_owners,
    count(*)::bigint as n_pairs,
    count(*) / sum(count(*)) over ()::double as share,
    min(classes.owner)::varchar as example
from {{ ref('fct_patent_owner') }} as owners
inner join {{ ref('int_owners__classified') }} as classes on owners.owner = classes.owner
group by classes.rule_id, classes.owner_region, classes.owner_class
