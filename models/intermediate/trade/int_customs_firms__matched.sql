-- The match table customs <-> industrial firms: which firm each name in the customs records is.
with names as (
    select distinct name_text, {{ firm_name_key('name_text') }} as name_key
    from {{ ref('int_customs_transactions__screened') }}
    where drop_reason is null and name_text is not null
)

select
    names.name_text,
    coalesce(by_text.firm_id, by_key.firm_id) as firm_id,
    case
        when by_text.firm_id is not null then 'name'
        when by_key.firm_id is not null then 'name_key'
        when by_text.owners > 1 or by_key.owners > 1 then 'ambiguous'
        else 'no_industrial_firm'
    end as match_method
from names
left join {{ ref('int_industrial_firm_names__unique') }} as by_text on by_text.name_level = 'text' and names.name_text = by_text.name
left join {{ ref('int_industrial_firm_names__unique') }} as by_key
    on by_text.name is null and by_key.name_level = 'key' and names.name_key = by_key.name
