-- Lists that an application falls under, by its main symbol or (patent_ipc = any) by any of its symbols, in each reading of A-000-1.
{% set flags = ['is_sei'] %}
{% for reading in readings_of('ipc_level') %}{% do flags.extend(['is_pur_' ~ reading, 'is_lead_' ~ reading]) %}{% endfor %}
with symbols as (
    {% if option('patent_ipc') == 'any' -%}
    select application_no, ipc from {{ ref('int_patent_ipc') }}
    {%- else -%}
    select applications.application_no, symbols.ipc
    from {{ ref('int_patents__screened') }} as applications
    inner join {{ ref('int_ipc_symbols') }} as symbols on applications.ipc_main_raw = symbols.ipc_raw
    where applications.drop_reason is null and symbols.ipc is not null
    {%- endif %}
)

select
    symbols.application_no,
    {%- for flag in flags %}
    bool_or(codes.{{ flag }}) as {{ flag }}{{ ',' if not loop.last }}
    {%- endfor %}
from symbols
inner join {{ ref('int_ipc_codes__flagged') }} as codes on symbols.ipc = codes.ipc
group by symbols.application_no
