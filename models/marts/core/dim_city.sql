-- Coordinates of data/raw/city_coordinates replace those of the seed, city by city.
with delivered as (
    select city_code, longitude, latitude
    from {{ ref('int_city_coordinates__screened') }}
    where drop_reason is null
)

select
    city.city_code,
    city.city_name,
    city.province_code,
    city.region7,
    city.is_east,
    coalesce(delivered.longitude, city.longitude) as longitude,
    coalesce(delivered.latitude, city.latitude) as latitude
from {{ ref('seed_city') }} as city
left join delivered on city.city_code = delivered.city_code
