-- The variables of Table 2 winsorised at 1, 3 and 5 percent on both sides, pooled over the panel (R5.4): one block of rows per level.
{% set variables = ['lnspatent', 'robot', 'us_robot', 'lnlp', 'lnkfix', 'lnklratio', 'lnbdat', 'lngdp', 'second_rate', 'lnedc_cost', 'cic4_hhi'] %}

{% for level in [1, 3, 5] %}
select
    panel.firm_id,
    panel.year,
    {{ level }}::integer as winsor_pct,
    panel.city_code,
    panel.cic4,
    panel.city_year,
    {%- for variable in variables %}
    {{ winsorised(variable) }}::double as {{ variable }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('pnl_robot_upstream') }} as panel
cross join ({{ winsor_bounds(ref('pnl_robot_upstream'), variables, level / 100) }}) as bounds
{{ 'union all' if not loop.last }}
{% endfor %}
