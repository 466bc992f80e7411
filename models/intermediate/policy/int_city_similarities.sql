-- Mean technology similarity (cosine of class shares, Jaffe 1986) over pairs of listed firms of a city (methods.md 5.10).
-- With u_i the unit vector of firm i's pool, the sum over pairs i <> j of u_i.u_j is |sum u_i|^2 - m.
{% set pool_end = 'least(calendar.year, 2015)' if option('similarity_pool') == 'fixed_2014' else 'calendar.year' %}

with firms as (
    select stkcd, year, city_code
    from {{ ref('int_csmar_firm_years') }}
    where city_code is not null and year between 2010 and 2022
),

{% for level in ['ipc3', 'ipc4'] %}
pools_{{ level }} as (
    select calendar.city_code, calendar.year, calendar.stkcd, patent.{{ level }} as class, count(*) as applications
    from firms as calendar
    inner join {{ ref('int_firm_patents') }} as patent
        on calendar.stkcd = patent.stkcd and patent.year < {{ pool_end }}
    where patent.{{ level }} is not null
    group by calendar.city_code, calendar.year, calendar.stkcd, patent.{{ level }}
),

units_{{ level }} as (
    select
        city_code,
        year,
        stkcd,
        class,
        applications / sqrt(sum(applications * applications) over (partition by stkcd, year)) as component
    from pools_{{ level }}
),

sums_{{ level }} as (
    select city_code, year, class, {{ stable_sum('component', 18) }} as component
    from units_{{ level }}
    group by city_code, year, class
),

sizes_{{ level }} as (
    select city_code, year, count(distinct stkcd) as n_firms
    from units_{{ level }}
    group by city_code, year
),

means_{{ level }} as (
    select
        sums.city_code,
        sums.year,
        round(({{ stable_sum('sums.component * sums.component', 18) }} - any_value(sizes.n_firms))
            / any_value(sizes.n_firms * (sizes.n_firms - 1)), 14) as tech_sim_{{ level }}
    from sums_{{ level }} as sums
    inner join sizes_{{ level }} as sizes on sums.city_code = sizes.city_code and sums.year = sizes.year
    where sizes.n_firms > 1
    group by sums.city_code, sums.year
){{ ',' if not loop.last }}

{% endfor %}
select
    coalesce(means_ipc3.city_code, means_ipc4.city_code) as city_code,
    coalesce(means_ipc3.year, means_ipc4.year) as year,
    greatest(means_ipc3.tech_sim_ipc3, 0) as tech_sim_ipc3,
    greatest(means_ipc4.tech_sim_ipc4, 0) as tech_sim_ipc4
from means_ipc3
full join means_ipc4 on means_ipc3.city_code = means_ipc4.city_code and means_ipc3.year = means_ipc4.year
