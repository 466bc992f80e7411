-- Firm-years with an application in a list whose IPC subclass the firm had not touched in the four years before (methods.md 1.10, R2).
{% set lists = {'key': 'is_key', 'pur': 'is_pur', 'lead': 'is_lead'} %}

with entries as (
    {%- for list, flag in lists.items() %}
    select
        stkcd,
        '{{ list }}' as list_id,
        ipc4,
        year,
        bool_or({{ flag }}) as in_list
    from {{ ref('int_firm_patents') }}
    where ipc4 is not null {{ 'and ' ~ flag if option('breakthrough_base') == 'list' }}
    group by stkcd, ipc4, year
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

spaced as (
    select *, year - lag(year) over (partition by stkcd, list_id, ipc4 order by year) as years_since
    from entries
)

select
    stkcd,
    year,
    {%- for list in lists %}
    bool_or(list_id = '{{ list }}' and in_list and coalesce(years_since > 4, true))::integer as dum_{{ list }}break{{ ',' if not loop.last }}
    {%- endfor %}
from spaced
group by stkcd, year
