-- One firm per written form: the exact text decides before the key without legal form, a current name before former ones.
-- A form that several firms claim at the best level names none of them: dq_ambiguous_names lists it. n_firms counts the claimants.
with claims as (
    select 'text' as key_kind, name_text as name_key, stkcd, is_current from {{ ref('int_firm_names') }}
    union all
    select 'key', name_key, stkcd, is_current from {{ ref('int_firm_names') }}
    where name_key is not null
),

ranked as (
    select
        *,
        rank() over (partition by key_kind, name_key order by is_current desc) as claim_rank,
        count(*) over (partition by key_kind, name_key, is_current) as n_equal,
        count(*) over (partition by key_kind, name_key) as n_claims
    from (
        select key_kind, name_key, stkcd, bool_or(is_current) as is_current
        from claims
        group by key_kind, name_key, stkcd
    ) as firms
)

select key_kind, name_key, stkcd, n_claims::integer as n_firms
from ranked
where claim_rank = 1 and n_equal = 1
