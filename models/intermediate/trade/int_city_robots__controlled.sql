-- Robot imports of cities with what explains them: the regression of net_robot (methods 4.8, R2b).
with concentration as (
    select city_code, year, {{ ordered_sum('cic4_hhi', 'firm_id') }} / count(cic4_hhi) as mean_hhi
    from {{ ref('fct_industrial_firm_year') }}
    where city_code is not null and cic4_hhi is not null
    group by city_code, year
)

select
    robots.city_code,
    robots.year,
    ln(robots.robot_import_usd::double) as lnrobot_usd,
    city.lngdp,
    city.second_rate,
    city.lnedc_cost,
    concentration.mean_hhi,
    {{ option('robot_residual_cities') == 'effects' }} as with_city_effects
from {{ ref('fct_city_robot_year') }} as robots
inner join {{ ref('fct_city_year') }} as city on robots.city_code = city.city_code and robots.year = city.year
inner join concentration on robots.city_code = concentration.city_code and robots.year = concentration.year
where robots.robot_import_usd > 0
    and city.lngdp is not null and city.second_rate is not null and city.lnedc_cost is not null
order by robots.city_code, robots.year
