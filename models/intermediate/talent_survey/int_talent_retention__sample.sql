-- methods.md 3.1: waves and cities, then missing key variables, then talent classes A and B.
select
    respondent_id,
    survey_year,
    city,
    case
        when city is null then 'unknown_city'
        when not (
            (survey_year = 2019 and city in ('长春', '广州', '杭州', '义乌'))
            or (survey_year in (2017, 2018) and city = '长春')
        ) then 'outside_cities_and_waves'
        when unrecognised_answers > 0 then 'unrecognised_answer'
        when missing_answers > 0 or age is null then 'missing_answer'
        when age not between {{ var('talent_retention_age_min', 18) }} and {{ var('talent_retention_age_max', 80) }}
            or age <> floor(age) then 'age_not_plausible'
        when talent_class not in ('A', 'B') then 'not_high_skill'
    end as drop_reason
from {{ ref('int_sfrc_answers__coded') }}
