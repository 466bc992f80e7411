-- Look-up from a name to the industrial firm that bears it, now or before; a name shared by firms (surveyed or only registered) has none.
with surveyed as (
    select distinct firm_id, registration_id
    from {{ ref('int_industrial_firms__matched') }}
    where firm_id is not null
),

names as (
    select
        listed.name_text,
        listed.name_key,
        coalesce(surveyed.firm_id, listed.registration_id) as firm_id
    from {{ ref('int_enterprise_names__listed') }} as listed
    left join (select registration_id, min(firm_id) as firm_id from surveyed group by 1) as surveyed
        on listed.registration_id = surveyed.registration_id
    union
    select keyed.name_text, keyed.name_key, matched.firm_id
    from {{ ref('int_industrial_firm_years__keyed') }} as keyed
    inner join {{ ref('int_industrial_firms__matched') }} as matched
        on keyed.legal_code is not distinct from matched.legal_code
        and keyed.doubtful_code is not distinct from matched.doubtful_code
        and keyed.name_text is not distinct from matched.name_text
    where matched.firm_id is not null
)

select looked_up.*
from ({{ unique_names('names', 'firm_id') }}) as looked_up
where looked_up.firm_id is null or looked_up.firm_id in (select firm_id from surveyed)
