-- Grants for research and for patents by the words of the item (methods.md 5.12, H3).
select
    stkcd,
    year,
    coalesce(sum(amount_yuan) filter (where {{ text_matches('item', '研发|研究|科研|科技|技术|创新') }}), 0)::double as subsidy_rd,
    coalesce(sum(amount_yuan) filter (where {{ text_matches('item', '专利|知识产权') }}), 0)::double as subsidy_patent
from {{ ref('int_subsidy_lines__screened') }}
where drop_reason is null
group by stkcd, year
