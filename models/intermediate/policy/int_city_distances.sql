-- Great-circle distance of city centres in km (earth radius 6371), both directions, own city left out.
select
    origin.city_code,
    other.city_code as other_city_code,
    2 * 6371 * asin(sqrt(
        pow(sin(radians(other.latitude - origin.latitude) / 2), 2)
        + cos(radians(origin.latitude)) * cos(radians(other.latitude)) * pow(sin(radians(other.longitude - origin.longitude) / 2), 2)
    )) as distance_km
from {{ ref('dim_city') }} as origin
inner join {{ ref('dim_city') }} as other on origin.city_code <> other.city_code
