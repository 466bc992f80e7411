-- City-year measures of exposure to other cities' pilots and of agglomeration (methods.md 5.6).
with national as (
    select year, sum(manufacturing_10k::decimal(18, 6))::double as manufacturing, sum(employed_10k::decimal(18, 6))::double as employed
    from {{ ref('fct_city_year') }}
    where manufacturing_10k is not null and employed_10k is not null
    group by year
),

ever_exposed as (
    select distances.city_code, min(distances.distance_km) as dist_pilot_city_km
    from {{ ref('int_city_distances') }} as distances
    inner join {{ ref('int_pilot_cities') }} as pilots on distances.other_city_code = pilots.city_code
    group by distances.city_code
),

provinces as (
    select province_code, year, sum(policy) as treated_cities
    from {{ ref('fct_city_pilot_year') }}
    group by province_code, year
)

select
    pilots.city_code,
    pilots.year,
    (city.manufacturing_10k / nullif(city.employed_10k, 0)) / nullif(national.manufacturing / nullif(national.employed, 0), 0) as agglomeration,
    rings.dist_treated_km,
    ever_exposed.dist_pilot_city_km,
    {%- for upper in range(50, 501, 50) %}
    coalesce(rings.ring_{{ upper }}, 0) as ring_{{ upper }},
    {%- endfor %}
    (provinces.treated_cities - pilots.policy > 0)::integer as province_pilot
from {{ ref('fct_city_pilot_year') }} as pilots
inner join provinces on pilots.province_code = provinces.province_code and pilots.year = provinces.year
left join {{ ref('fct_city_year') }} as city on pilots.city_code = city.city_code and pilots.year = city.year
left join national on pilots.year = national.year
left join ever_exposed on pilots.city_code = ever_exposed.city_code
left join {{ ref('int_city_rings') }} as rings on pilots.city_code = rings.city_code and pilots.year = rings.year
