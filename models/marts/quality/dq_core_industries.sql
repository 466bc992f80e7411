-- Check R3.2 of talent_keytech (methods.md 1.10): the paper's ten industries against a ranking by the invention applications of its sample.
with sample as (
    select panel.stkcd, panel.year, panel.csrc2, coalesce(counts.inv_apply, 0) as inv_apply
    from {{ ref('pnl_talent_keytech') }} as panel
    left join {{ ref('fct_firm_patent_year') }} as counts on panel.stkcd = counts.stkcd and panel.year = counts.year
),

industries as (
    select csrc2, sum(inv_apply)::bigint as n_applications, count(distinct stkcd)::bigint as n_firms
    from sample
    group by csrc2
)

select
    industries.csrc2,
    names.industry_name,
    industries.n_firms,
    industries.n_applications,
    (row_number() over (order by industries.n_applications desc, industries.csrc2))::integer as rank_recomputed,
    names.is_core_industry as is_named_by_the_paper
from industries
inner join {{ ref('seed_csrc_2012') }} as names on industries.csrc2 = names.csrc2
order by rank_recomputed
