-- Invention applications of a firm and year, in the key lists by both readings of A-000-1.
{% for reading in readings_of('ipc_level') %}
select
    '{{ reading }}' as ipc_level,
    stkcd,
    year,
    count(*) as inv_apply,
    count(*) filter (where is_pur_{{ reading }} or is_lead_{{ reading }}) as keypat,
    count(*) filter (where is_pur_{{ reading }}) as purpat,
    count(*) filter (where is_lead_{{ reading }}) as leadpat
from {{ ref('int_firm_patents') }}
group by stkcd, year
{{ 'union all' if not loop.last }}
{%- endfor %}
