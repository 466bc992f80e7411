-- Who owns key-technology patents: firms, universities, persons; domestic or foreign?
-- 关键核心技术专利归谁所有：企业、高校院所还是个人；本土还是境外？
select
    owner.owner_class,
    case when owner.is_foreign then 'foreign' when owner.is_hmt then 'hmt' else 'domestic' end as region,
    count(distinct patent.application_no) as patents,
    round(100.0 * count(distinct patent.application_no) filter (where patent.n_owners > 1)
        / count(distinct patent.application_no), 1) as joint_pct
from marts.fct_patent as patent
inner join marts.fct_patent_owner as owner on patent.application_no = owner.application_no
where patent.is_key
group by all
having count(distinct patent.application_no) >= 10
order by patents desc, owner.owner_class, region
