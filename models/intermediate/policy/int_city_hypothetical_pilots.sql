-- iv2: in each announcement year the cities most exposed to US robots, as many as were really newly covered (methods.md 5.7, A-004-7).
-- Cities of the panel compete; a city once chosen is skipped later unless iv2_reselection = yes. Ties go to the lower code; a city
-- without survey firms in 2000 has no penetration and is never chosen (the paper loses no row to iv2).
{% set batches = [2015, 2016, 2017, 2018] %}

with panel_cities as (
    select distinct firm.city_code
    from {{ ref('int_pilot_spillover__sample') }} as sample
    inner join {{ ref('int_csmar_firm_years') }} as firm on sample.stkcd = firm.stkcd and sample.year = firm.year
    where sample.drop_reason is null
),

new_cities as (
    select pilots.announced_year, count(*) as n_cities
    from {{ ref('int_pilot_cities') }} as pilots
    inner join panel_cities on pilots.city_code = panel_cities.city_code
    group by pilots.announced_year
),

candidates as (
    select city_code, year, penetration
    from {{ ref('int_city_instruments') }}
    where penetration is not null and city_code in (select city_code from panel_cities)
),

{% for batch in batches %}
ranked_{{ batch }} as (
    select city_code, row_number() over (order by penetration desc, city_code) as place
    from candidates
    where year = {{ batch }}
    {%- if option('iv2_reselection') == 'no' %}
        {%- for earlier in batches if earlier < batch %}
        and city_code not in (select city_code from chosen_{{ earlier }})
        {%- endfor %}
    {%- endif %}
),

chosen_{{ batch }} as (
    select city_code, {{ batch }} as chosen_year
    from ranked_{{ batch }}
    where place <= coalesce((select n_cities from new_cities where announced_year = {{ batch }}), 0)
),

{% endfor %}
chosen as (
    {%- for batch in batches %}
    select city_code, chosen_year from chosen_{{ batch }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    instruments.city_code,
    instruments.year,
    coalesce(instruments.year > min(chosen.chosen_year), false)::integer as iv2
from {{ ref('int_city_instruments') }} as instruments
left join chosen on instruments.city_code = chosen.city_code
group by instruments.city_code, instruments.year
