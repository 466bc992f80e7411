-- How do blockade-type and future-type key technology patents grow, and what share of all inventions are they?
-- “卡脖子”技术与未来技术专利如何增长，占全部发明的比重是多少？
select
    year,
    count(*) as inventions,
    count(*) filter (where is_pur) as blockade_patents,
    count(*) filter (where is_lead) as future_patents,
    round(100.0 * count(*) filter (where is_key) / count(*), 2) as key_pct
from marts.fct_patent
where patent_type like '发明%'
group by year
order by year
