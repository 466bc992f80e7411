-- The first year in which a city's share of national robot imports reaches the threshold: the event of the event study.
select
    city_code,
    min(year) filter (where robot >= {{ option('robot_event_share') }}) as robot_event_year
from {{ ref('fct_city_robot_year') }}
group by city_code
