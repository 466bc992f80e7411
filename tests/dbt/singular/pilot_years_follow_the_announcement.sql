-- Fails where a city is exposed before the year after its first announcement, or an exposure ends (methods.md 5.3).
select city_code, year, announced_year, policy
from {{ ref('fct_city_pilot_year') }}
where policy <> (announced_year is not null and year > announced_year)::integer
