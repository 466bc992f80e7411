-- Other treated cities around a city in a year (methods.md 5.6): the nearest, and whether one lies in (s, s + 50] km.
select
    distances.city_code,
    pilots.year,
    min(distances.distance_km) as dist_treated_km,
    {%- for upper in range(50, 501, 50) %}
    bool_or(distances.distance_km > {{ upper - 50 }} and distances.distance_km <= {{ upper }})::integer as ring_{{ upper }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('int_city_distances') }} as distances
inner join {{ ref('fct_city_pilot_year') }} as pilots on distances.other_city_code = pilots.city_code
where pilots.policy = 1
group by distances.city_code, pilots.year
