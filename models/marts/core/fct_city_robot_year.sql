-- Robot imports of cities over all customs importers (4.3), US exposure (4.6) and the alternative measures of 4.8.
{% set zero_fill = option('robot_zero_imports') == 'fill' %}

with us_robot as (
    select
        city_code,
        year,
        {{ ordered_sum('penetration', 'sector_code') }} as us_robot,
        bool_or(is_imputed) as us_robot_imputed
    from {{ ref('int_city_sector_robots__weighted') }}
    group by city_code, year
),

spine as (
    select city_code, year from {{ ref('int_city_imports__summed') }}
    union
    select city_code, year from us_robot
),

joined as (
    select
        spine.city_code,
        spine.year,
        substr(spine.city_code, 1, 2) as province_code,
        coalesce(imports.robot_import_usd, 0) as robot_import_usd,
        coalesce(imports.robot_import_units, 0) as robot_import_units,
        coalesce(imports.robot_ordinary_usd, 0) as robot_ordinary_usd,
        coalesce(imports.part_import_usd, 0) as part_import_usd,
        coalesce(imports.import_usd, 0) as import_usd,
        coalesce(imports.city_cap, 0) as city_cap,
        us_robot.us_robot,
        us_robot.us_robot_imputed
    from spine
    left join {{ ref('int_city_imports__summed') }} as imports on spine.city_code = imports.city_code and spine.year = imports.year
    left join us_robot on spine.city_code = us_robot.city_code and spine.year = us_robot.year
),

national as (
    select
        *,
        sum(robot_import_usd) over (partition by year) as national_usd,
        sum(robot_ordinary_usd) over (partition by year) as national_ordinary_usd,
        sum(robot_import_usd) over (partition by province_code, year) as province_usd,
        count(*) filter (where {{ 'true' if zero_fill else 'robot_import_usd > 0' }}) over (partition by province_code, year) as province_cities
    from joined
),

shared as (
    select
        *,
        robot_import_usd::double / nullif(national_usd, 0)::double as robot,
        robot_ordinary_usd::double / nullif(national_ordinary_usd, 0)::double as robot_excl_processing,
        robot_import_usd::double / nullif(city_cap, 0)::double as robot_cap,
        province_cities - {{ '1' if zero_fill else '(robot_import_usd > 0)::integer' }} as other_cities
    from national
)

select
    shared.city_code::string as city_code,
    shared.year::integer as year,
    shared.province_code::string as province_code,
    shared.robot_import_usd::decimal(18, 2) as robot_import_usd,
    shared.robot_import_units::decimal(18, 2) as robot_import_units,
    shared.national_usd::decimal(18, 2) as national_robot_import_usd,
    shared.import_usd::decimal(18, 2) as import_usd,
    shared.part_import_usd::decimal(18, 2) as part_import_usd,
    shared.robot::double as robot,
    shared.us_robot::double as us_robot,
    shared.us_robot_imputed::boolean as us_robot_imputed,
    shared.robot_excl_processing::double as robot_excl_processing,
    shared.city_cap::double as city_cap,
    shared.robot_cap::double as robot_cap,
    {{ 'lagged.robot' if zero_fill else 'nullif(lagged.robot, 0)' }}::double as late_robot,
    case
        when shared.other_cities > 0
            then (shared.province_usd - shared.robot_import_usd)::double / nullif(shared.national_usd, 0)::double / shared.other_cities
    end::double as other_robot
from shared
left join shared as lagged on shared.city_code = lagged.city_code and shared.year = lagged.year + 1
