-- Where do imported industrial robots go, and how concentrated are they?
-- 进口工业机器人流向哪些城市，集中程度如何？
select
    city.city_name,
    city.region7,
    round(sum(robot.robot_import_usd) / 1e6, 2) as million_usd,
    round(100.0 * sum(robot.robot_import_usd) / sum(sum(robot.robot_import_usd)) over (), 2) as national_pct,
    min(robot.year) filter (where robot.robot_import_usd > 0) as first_year
from marts.fct_city_robot_year as robot
inner join marts.dim_city as city on robot.city_code = city.city_code
group by city.city_code, city.city_name, city.region7
having sum(robot.robot_import_usd) > 0
order by million_usd desc, city.city_name
limit 20
