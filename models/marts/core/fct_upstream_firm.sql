-- Registered enterprises whose business scope names robot parts, and the decision who is an upstream maker (methods 4.2).
with manual as (
    select
        {{ firm_name_text('firm_name') }} as name_text,
        bool_and(manual_decision) as manual_decision
    from (
        select firm_name::string as firm_name, manual_decision::boolean as manual_decision
        from {{ ref('seed_upstream_manual') }}
    ) as decisions
    group by 1
)

select
    enterprises.registration_id::string as registration_id,
    enterprises.name::string as name,
    enterprises.city_code::string as city_code,
    enterprises.established::date as established,
    enterprises.hit_words::string as hit_words,
    enterprises.is_wholesale_only::boolean as is_wholesale_only,
    manual.manual_decision::boolean as manual_decision,
    coalesce(manual.manual_decision, enterprises.hit_words is not null and not enterprises.is_wholesale_only)::boolean as is_upstream
from {{ ref('int_enterprises__screened') }} as enterprises
left join manual on enterprises.name_text = manual.name_text
where enterprises.drop_reason is null and (enterprises.hit_words is not null or manual.manual_decision is not null)
