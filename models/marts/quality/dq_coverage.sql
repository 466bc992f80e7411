-- Rows of panels and yearly facts by place and year; places are provinces and, where a table knows them, cities.
with counted as (
    {%- for table in measured_tables() %}
    {%- set columns = columns_of(ref(table)) %}
    {%- for level in ['province', 'city'] if level ~ '_code' in columns and 'year' in columns %}
    select '{{ table }}' as table_name, '{{ level }}' as level, {{ level }}_code as place_code, year, count(*) as n_rows
    from {{ ref(table) }}
    group by place_code, year
    union all
    {%- endfor %}
    {%- endfor %}
    select null, null, null, null, null where false
)

select
    table_name::varchar as table_name,
    level::varchar as level,
    place_code::varchar as place_code,
    coalesce(provinces.province_name, cities.city_name) as place_name,
    year::integer as year,
    n_rows::bigint as n_rows
from counted
left join {{ ref('dim_province') }} as provinces on level = 'province' and place_code = provinces.province_code
left join {{ ref('dim_city') }} as cities on level = 'city' and place_code = cities.city_code
