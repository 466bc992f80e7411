-- The match table patents <-> industrial firms: which application names which firm among its applicants, and by which rule.
with owners as (
    select
        owners.application_no,
        case when by_key.owners > 1 then {{ firm_name_text('owners.applicant_raw') }} end as ambiguous_text,
        by_key.firm_id as firm_of_key
    from {{ ref('int_patent_owners') }} as owners
    inner join {{ ref('int_industrial_firm_names__unique') }} as by_key
        on by_key.name_level = 'key' and owners.name_key = by_key.name
),

named as (
    select
        owners.application_no,
        coalesce(owners.firm_of_key, by_text.firm_id) as firm_id,
        case
            when owners.firm_of_key is not null then 'name_key'
            when by_text.firm_id is not null then 'name'
            else 'ambiguous'
        end as match_method
    from owners
    left join {{ ref('int_industrial_firm_names__unique') }} as by_text
        on by_text.name_level = 'text' and owners.ambiguous_text = by_text.name
)

select
    application_no,
    firm_id,
    min(match_method) as match_method
from named
group by application_no, firm_id
