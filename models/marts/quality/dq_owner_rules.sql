-- Which rules classified the owners of patents (methods.md 1.7): owners, application-owner pairs and the share of applications each decided.
with pairs as (
    select classes.rule_id, classes.owner_region, classes.owner_class, owners.owner, owners.application_no
    from {{ ref('fct_patent_owner') }} as owners
    inner join {{ ref('int_owners__classified') }} as classes on owners.owner = classes.owner
)

select
    rule_id::varchar as rule_id,
    owner_region::varchar as owner_region,
    owner_class::varchar as owner_kind,
    count(distinct owner)::bigint as n_owners,
    count(*)::bigint as n_pairs,
    count(*) / sum(count(*)) over ()::double as share,
    count(distinct application_no) / (select count(distinct application_no) from pairs)::double as share_of_applications,
    min(owner)::varchar as example
from pairs
group by rule_id, owner_region, owner_class
