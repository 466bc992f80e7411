-- The firms of pnl_pilot_spillover followed to 2022 (methods.md 5.9 R7); screens as there, controls winsorised over all years.
{% set continuous = pilot_controls() %}

with measured as (
    select
        stkcd,
        year,
        csrc2,
        province_code,
        city_code,
        policy,
        policy_cohort,
        apply_inv_zl,
        ln_apply_inv_zl,
        ifdome,
        {{ continuous | join(', ') }}
    from {{ ref('int_pilot_firm_years__measured') }}
),

bounds as (
    {{ winsor_bounds('measured', continuous, 0.01) }}
)

select
    measured.* exclude ({{ continuous | join(', ') }}),
    {%- for control in continuous %}
    {{ winsorised(control) }} as {{ control }}{{ ',' if not loop.last }}
    {%- endfor %}
from measured
cross join bounds
order by measured.stkcd, measured.year
