-- Applications in which a listed university is an owner; joint with a domestic enterprise as methods.md 2.2 says.
with universities as (
    select distinct owners.application_no, names.university_id
    from {{ ref('fct_patent_owner') }} as owners
    inner join {{ ref('int_university_names') }} as names on owners.owner_key = names.name_key
),

enterprises as (
    select
        application_no,
        bool_or(not is_foreign and {{ is_enterprise_name('owner') }}) as has_domestic_enterprise
    from {{ ref('fct_patent_owner') }}
    where application_no in (select application_no from universities)
    group by application_no
)

select
    universities.university_id,
    patents.application_no,
    patents.year,
    fields.field_code,
    patents.patent_type,
    patents.patent_type = '发明' as is_invention,
    patents.grant_date is not null as is_granted,
    patents.is_key,
    enterprises.has_domestic_enterprise as is_joint
from universities
inner join {{ ref('fct_patent') }} as patents using (application_no)
inner join enterprises using (application_no)
left join {{ ref('int_ipc_fields__mapped') }} as fields on patents.ipc_main = fields.ipc
