-- Origins of foreign experts and whether they enter the shift-share instrument (methods.md 1.6): without a national stock in 2001 they do not.
with stocks as (
    select origin, year, sum(experts) as experts, count(*) filter (where experts > 0) as n_provinces
    from {{ ref('int_experts_by_origin__screened') }}
    where drop_reason is null
    group by origin, year
)

select
    origin,
    min(year)::integer as first_year,
    max(year)::integer as last_year,
    coalesce(sum(experts) filter (where year = 2001), 0)::bigint as experts_2001,
    arg_max(experts, year)::bigint as experts_last_year,
    arg_max(n_provinces, year)::bigint as n_provinces_last_year,
    origin in (select origin from {{ ref('int_expert_origins__grown') }}) as enters_instrument
from stocks
group by origin
order by origin
