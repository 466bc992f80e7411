-- Cities with robot imports by year: the robot measures, the instruments, the share of imported parts and the city controls.
{% set national = option('robot_parts_whole') == 'national_imports' %}

with upstream_output as (
    select city_code, year, sum(output::decimal(18, 2)) as output_1000_yuan
    from {{ ref('fct_industrial_firm_year') }}
    where is_upstream and city_code is not null
    group by city_code, year
),

parts as (
    select
        robots.*,
        robots.part_import_usd::double * rate.cny_per_usd / 1000 as part_imports,
        coalesce(upstream_output.output_1000_yuan, 0)::double as part_output,
        sum(robots.part_import_usd) over (partition by robots.year)::double * rate.cny_per_usd / 1000 as national_part_imports
    from {{ ref('fct_city_robot_year') }} as robots
    inner join {{ ref('seed_exchange_rate') }} as rate on robots.year = rate.year
    left join upstream_output on robots.city_code = upstream_output.city_code and robots.year = upstream_output.year
)

select
    parts.city_code::varchar as city_code,
    parts.year::integer as year,
    parts.province_code::varchar as province_code,
    (parts.city_code || '-' || parts.year)::varchar as city_year,
    parts.robot::double as robot,
    parts.us_robot::double as us_robot,
    parts.us_robot_imputed::boolean as us_robot_imputed,
    (parts.part_imports / nullif({{ 'parts.national_part_imports' if national else 'parts.part_imports + parts.part_output' }}, 0))::double as cap_ratio,
    city.lngdp::double as lngdp,
    city.second_rate::double as second_rate,
    city.lnedc_cost::double as lnedc_cost,
    parts.robot_import_usd::decimal(18, 2) as robot_import_usd,
    parts.robot_import_units::decimal(18, 2) as robot_import_units,
    parts.city_cap::double as city_cap,
    parts.robot_cap::double as robot_cap,
    parts.late_robot::double as late_robot,
    parts.other_robot::double as other_robot,
    parts.robot_excl_processing::double as robot_excl_processing,
    residuals.net_robot::double as net_robot
from parts
left join {{ ref('fct_city_year') }} as city on parts.city_code = city.city_code and parts.year = city.year
left join {{ ref('int_city_robots__residual') }} as residuals on parts.city_code = residuals.city_code and parts.year = residuals.year
{{ 'where parts.robot is not null' if option('robot_zero_imports') == 'fill' else 'where parts.robot > 0' }}
