with owners as (
    select
        application_no,
        position,
        applicant_clean as owner,
        coalesce(name_key, applicant_clean) as owner_key,
        row_number() over (partition by application_no, coalesce(name_key, applicant_clean) order by position) as copy_no
    from {{ ref('int_patent_owners') }}
)

select
    owners.application_no,
    owners.position::integer as position,
    owners.owner,
    owners.owner_key,
    names.stkcd,
    names.owner_class,
    names.is_foreign,
    names.is_hmt,
    names.is_research
from owners
inner join {{ ref('int_owners__classified') }} as names on owners.owner = names.owner
where owners.copy_no = 1
