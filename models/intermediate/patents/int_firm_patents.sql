-- One row per listed firm and invention application that names it, under a current or a former name, among its applicants.
select distinct
    owner.stkcd,
    owner.application_no,
    patent.year,
    patent.ipc3,
    patent.ipc4,
    patent.is_pur,
    patent.is_lead,
    patent.is_key,
    patent.is_sei,
    {%- for reading in readings_of('ipc_level') %}
    coalesce(flags.is_pur_{{ reading }}, false) as is_pur_{{ reading }},
    coalesce(flags.is_lead_{{ reading }}, false) as is_lead_{{ reading }},
    {%- endfor %}
    patent.n_owners > 1 as is_joint,
    patent.grant_date is not null as is_granted,
    patent.cited_times
from {{ ref('fct_patent_owner') }} as owner
inner join {{ ref('fct_patent') }} as patent on owner.application_no = patent.application_no
left join {{ ref('int_patents__flagged') }} as flags on patent.application_no = flags.application_no
where owner.stkcd is not null and patent.patent_type = '发明'
