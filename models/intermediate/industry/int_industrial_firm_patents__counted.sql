-- Applications of each industrial firm by year and type: an application counts for every firm among its applicants, once.
with owners as (
    select
        owners.application_no,
        owners.name_key,
        case when by_key.owners > 1 then {{ firm_name_text('owners.applicant_raw') }} end as ambiguous_text,
        by_key.firm_id as firm_of_key
    from {{ ref('int_patent_owners') }} as owners
    inner join {{ ref('int_industrial_firm_names__unique') }} as by_key
        on by_key.name_level = 'key' and owners.name_key = by_key.name
),

owned as (
    select distinct
        owners.application_no,
        coalesce(owners.firm_of_key, by_text.firm_id) as firm_id
    from owners
    left join {{ ref('int_industrial_firm_names__unique') }} as by_text
        on by_text.name_level = 'text' and owners.ambiguous_text = by_text.name
)

select
    owned.firm_id,
    patents.year,
    count(*)::integer as patents,
    count(*) filter (where patents.patent_type = '发明')::integer as invention_patents
from owned
inner join {{ ref('int_patents__screened') }} as patents
    on owned.application_no = patents.application_no and patents.drop_reason is null
where owned.firm_id is not null
group by owned.firm_id, patents.year
