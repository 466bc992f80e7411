-- Shift-share prediction of a province's experts (methods.md 1.6, equation 2); null where the bracket is not positive.
{% set readings = ['as_printed', 'cumulative', 'leave_one_out'] %}

with summed as (
    select
        province_code,
        year,
        {{ stable_sum('base_stock') }} as base_stock,
        {%- for reading in readings %}
        {{ stable_sum('base_stock * (1 + growth_' ~ reading ~ ')') }} as {{ reading }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_expert_origins__grown') }}
    group by province_code, year
)

select
    province_code,
    year,
    case when base_stock > 0 then ln(base_stock) end as lntalent_base,
    {%- for reading in readings %}
    case when {{ reading }} > 0 then ln({{ reading }}) end as lnbartik_{{ reading }}{{ ',' if not loop.last }}
    {%- endfor %}
from summed
