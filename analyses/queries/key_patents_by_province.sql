-- Which provinces' listed firms file the most key-technology patents, and since when?
-- 哪些省份的上市公司申请的关键核心技术专利最多，从何时开始？
select
    province.province_name,
    sum(firm_year.keypat) as key_patents,
    min(firm_year.year) filter (where firm_year.keypat > 0) as first_year,
    count(distinct firm_year.stkcd) filter (where firm_year.keypat > 0) as firms
from marts.fct_firm_patent_year as firm_year
inner join marts.dim_listed_firm as firm on firm_year.stkcd = firm.stkcd
inner join marts.dim_province as province on firm.province_code = province.province_code
group by province.province_code, province.province_name
having count(distinct firm_year.stkcd) filter (where firm_year.keypat > 0) >= 10
order by key_patents desc, province.province_name
