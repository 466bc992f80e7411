{{ config(meta = {'dagster': {'ref': {'name': 'dq_sample_accounting'}}}) }}
-- Fails where a panel does not have exactly the rows its screens kept: a join lost or doubled rows after the screens.
with counted as (
    select panel, n_rows as kept_rows from {{ ref('dq_sample_accounting') }} where step = 'kept'
),

panels as (
    {%- for panel, model in sample_models() %}
    select '{{ panel }}' as panel, count(*) as panel_rows from {{ ref(panel) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select panels.panel, coalesce(counted.kept_rows, 0) as kept_rows, panels.panel_rows
from panels
left join counted on panels.panel = counted.panel
where panels.panel_rows <> coalesce(counted.kept_rows, 0)
