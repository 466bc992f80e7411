-- How do key-technology patents of firms in pilot cities move around the announcement?
-- 智能制造试点公布前后，试点城市企业的关键核心技术专利如何变化？
select
    rel_time,
    count(*) as firm_years,
    count(distinct city_code) as cities,
    round(avg(ln_apply_inv_zl), 3) as ln_key_inventions,
    round(avg(ln_apply_inv_nozl), 3) as ln_other_inventions
from panels.pnl_pilot_spillover
where rel_time between -5 and 5
group by rel_time
having count(*) >= 10
order by rel_time
