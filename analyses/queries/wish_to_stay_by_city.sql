-- In which cities do skilled foreigners wish to stay? Cells of fewer than ten respondents are left out.
-- 外籍高技术人才在哪些城市更愿意留下？不足十人的单元不列出。
select
    city,
    survey_year,
    count(*) as respondents,
    round(100.0 * avg(stay_intent_postarrival), 1) as wish_to_stay_pct,
    round(avg(age), 1) as mean_age
from panels.pnl_talent_retention
group by city, survey_year
having count(*) >= 10
order by wish_to_stay_pct desc, city, survey_year
