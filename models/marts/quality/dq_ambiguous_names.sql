-- Names that mean more than one firm, with every firm they could mean; nothing is guessed for them.
with ambiguous as (
    select firm_system, name, {{ firm_name_text('name') }} as name_text, {{ firm_name_key('name') }} as name_key
    from {{ ref('bridge_firm_names') }}
    where match_method = 'ambiguous'
),

known as (
    select 'listed_firm' as firm_system, stkcd as firm_id, name, name_text, name_key, is_current from {{ ref('int_firm_names') }}
    union all
    select
        'registered_enterprise', registration_id, name_text, name_text, name_key, name_kind = 'current'
    from {{ ref('int_enterprise_names__listed') }}
),

keyed as (
    select *, {{ name_place_free('name_key') }} as place_free from known
)

select
    ambiguous.firm_system::varchar as firm_system,
    ambiguous.name::varchar as name,
    keyed.firm_id::varchar as candidate_id,
    min(keyed.name)::varchar as candidate_name,
    bool_or(keyed.is_current)::boolean as is_current_name,
    min(case
        when keyed.name_text = ambiguous.name_text then 'exact'
        when keyed.name_key = ambiguous.name_key then 'legal_form'
        else 'place_free'
    end)::varchar as agrees_in
from ambiguous
inner join keyed
    on ambiguous.firm_system = keyed.firm_system
    and (
        ambiguous.name_key = keyed.name_key
        or {{ name_place_free('ambiguous.name_key') }} = keyed.place_free
    )
group by all
