-- One firm per written form: the exact text decides before the key without legal form, current names before former ones,
-- the later name before the earlier, the lower code last. n_firms counts the claimants.
with claims as (
    select 'text' as key_kind, name_text as name_key, stkcd, is_current, valid_from from {{ ref('int_firm_names') }}
    union all
    select 'key', name_key, stkcd, is_current, valid_from from {{ ref('int_firm_names') }}
    where name_key is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by key_kind, name_key
            order by is_current desc, valid_from desc nulls last, stkcd
        ) as claim_no,
        count(*) over (partition by key_kind, name_key) as n_claims
    from (
        select key_kind, name_key, stkcd, bool_or(is_current) as is_current, max(valid_from) as valid_from
        from claims
        group by key_kind, name_key, stkcd
    ) as firms
)

select key_kind, name_key, stkcd, n_claims::integer as n_firms
from ranked
where claim_no = 1
