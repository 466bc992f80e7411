-- One row per kept application and key sub-field of the official table (methods.md 5.2; A-004-3 decides which symbols count).
{% if option('patent_ipc') == 'any' -%}
with symbols as (
    select application_no, ipc from {{ ref('int_patent_ipc') }}
)
{%- else -%}
with symbols as (
    select application_no, ipc_main as ipc from {{ ref('fct_patent') }}
)
{%- endif %}

select distinct symbols.application_no, mapped.subfield_code, mapped.industry_l1
from symbols
inner join {{ ref('int_ipc_codes__mapped') }} as mapped on symbols.ipc = mapped.ipc
where mapped.list_id = 'sei'
