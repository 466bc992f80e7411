{% set level = option('ipc_level') %}
with applications as (
    select * from {{ ref('int_patents__screened') }} where drop_reason is null
),

owners as (
    select application_no, count(distinct coalesce(name_key, applicant_clean)) as n_owners
    from {{ ref('int_patent_owners') }}
    group by application_no
)

select
    applications.application_no,
    applications.patent_type,
    applications.application_date,
    applications.year,
    applications.grant_date,
    symbols.ipc as ipc_main,
    {{ ipc_class('symbols.ipc') }} as ipc3,
    {{ ipc_subclass('symbols.ipc') }} as ipc4,
    coalesce(flags.is_pur_{{ level }}, false) as is_pur,
    coalesce(flags.is_lead_{{ level }}, false) as is_lead,
    coalesce(flags.is_pur_{{ level }} or flags.is_lead_{{ level }}, false) as is_key,
    coalesce(flags.is_sei, false) as is_sei,
    coalesce(owners.n_owners, 0)::integer as n_owners,
    coalesce(applications.cited_times, 0)::integer as cited_times
from applications
left join {{ ref('int_ipc_symbols') }} as symbols on applications.ipc_main_raw = symbols.ipc_raw
left join {{ ref('int_patents__flagged') }} as flags on applications.application_no = flags.application_no
left join owners on applications.application_no = owners.application_no
