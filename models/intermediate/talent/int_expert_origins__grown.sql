-- Province x origin x year: base stock of 2001, national stock, and the origin's growth in the readings of A-000-4 (methods.md 1.6, equation 3).
{% set base_year = 2001 %}

with stocks as (
    select province_code, origin, year, experts
    from {{ ref('int_experts_by_origin__screened') }}
    where drop_reason is null and year >= {{ base_year }}
),

national as (
    select origin, year, sum(experts) as total
    from stocks
    group by origin, year
),

cells as (
    select
        base.province_code,
        base.origin,
        calendar.year,
        base.experts as base_stock,
        base_total.total as base_total,
        coalesce(now.total, 0) as total,
        coalesce(before.total, 0) as total_before,
        coalesce(own_now.experts, 0) as own,
        coalesce(own_before.experts, 0) as own_before
    from stocks as base
    inner join national as base_total on base.origin = base_total.origin and base_total.year = {{ base_year }}
    cross join (select distinct year from stocks) as calendar
    left join national as now on base.origin = now.origin and now.year = calendar.year
    left join national as before on base.origin = before.origin and before.year = calendar.year - 1
    left join stocks as own_now
        on base.origin = own_now.origin and base.province_code = own_now.province_code and own_now.year = calendar.year
    left join stocks as own_before
        on base.origin = own_before.origin and base.province_code = own_before.province_code and own_before.year = calendar.year - 1
    where base.year = {{ base_year }} and base.experts is not null and base_total.total > 0
)

select
    province_code,
    origin,
    year,
    base_stock,
    case when year = {{ base_year }} then 0 else (total - total_before) / base_total end as growth_as_printed,
    total / base_total - 1 as growth_cumulative,
    case
        when year = {{ base_year }} then 0
        when base_total - base_stock > 0 then (total - own - total_before + own_before) / (base_total - base_stock)
    end as growth_leave_one_out
from cells
