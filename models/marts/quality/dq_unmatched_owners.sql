-- The domestic firms with the most applications that no listed firm and no registered enterprise answers to.
with unmatched as (
    select classes.owner, min(classes.rule_id) as rule_id, count(distinct owners.application_no) as n_applications
    from {{ ref('fct_patent_owner') }} as owners
    inner join {{ ref('int_owners__classified') }} as classes on owners.owner = classes.owner
    where classes.owner_class = 'firm'
        and not classes.is_foreign
        and classes.owner not in (select name from {{ ref('bridge_firm_names') }} where firm_id is not null)
    group by classes.owner
),

ranked as (
    select *, row_number() over (order by n_applications desc, owner) as line from unmatched
)

select owner::varchar as owner, rule_id::varchar as rule_id, n_applications::bigint as n_applications
from ranked
where line <= 500
