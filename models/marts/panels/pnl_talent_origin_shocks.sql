-- National growth by origin, as it enters the outcome of the year after; the same in every province.
select
    origin,
    (year + 1)::integer as year,
    max(growth_as_printed)::double as growth_as_printed,
    max(growth_cumulative)::double as growth_cumulative
from {{ ref('int_expert_origins__grown') }}
group by origin, year
order by origin, year
