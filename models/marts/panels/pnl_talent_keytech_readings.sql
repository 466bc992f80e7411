{% set by_year = option('winsor_years') == 'each' %}
{% set firm_level = readings_columns().continuous %}

with readings as (
    select * from {{ ref('int_talent_keytech__readings') }}
),

bounds as (
    {{ winsor_bounds('readings', firm_level, 0.01, by = 'year' if by_year) }}
)

select
    panel.stkcd,
    panel.year,
    panel.csrc2,
    panel.province_code,
    panel.region7,
    panel.lntalent,
    panel.lnbartik_as_printed,
    panel.lnbartik_cumulative,
    panel.lnbartik_leave_one_out,
    {%- for column in ['lnage', 'lnsize', 'lnkl', 'top1', 'ind_share', 'dum_dual', 'lnave_wage', 'growth'] %}
    panel.{{ column }},
    {%- endfor %}
    {%- for column in firm_level %}
    {{ winsorised(column) }} as {{ column }},
    {%- endfor %}
    {%- for column in readings_columns().dummies %}
    readings.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('pnl_talent_keytech') }} as panel
inner join readings on panel.stkcd = readings.stkcd and panel.year = readings.year
{{ 'inner join bounds on readings.year = bounds.year' if by_year else 'cross join bounds' }}
order by panel.stkcd, panel.year
