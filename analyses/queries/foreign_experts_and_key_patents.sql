-- Do provinces with more foreign experts have firms with more key-technology patents, year by year?
-- 外国专家多的省份，企业的关键核心技术专利是否更多（逐年相关系数）？
select
    year,
    count(*) as firms,
    round(corr(lntalent, lnkeypat), 3) as correlation,
    round(avg(lnkeypat) filter (where above_median), 3) as key_patents_many_experts,
    round(avg(lnkeypat) filter (where not above_median), 3) as key_patents_few_experts
from (
    select *, lntalent > median(lntalent) over (partition by year) as above_median
    from panels.pnl_talent_keytech
)
group by year
order by year
