-- Do universities with more international exchange file more joint patents with firms?
-- 国际交流多的高校，与企业联合申请的专利是否更多？
select
    high_exchange,
    year,
    count(*) as universities,
    round(avg(exchange), 1) as mean_exchange,
    round(avg(joint_inv), 2) as joint_inventions,
    round(avg(joint_inv_key), 2) as joint_key_inventions
from marts.fct_university_year
where high_exchange is not null
group by high_exchange, year
having count(*) >= 10
order by year, high_exchange
