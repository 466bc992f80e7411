-- Words of annual reports by group (methods.md 5.5): visits, standards, and the six pilot categories of check C4.
select
    counts.stkcd,
    counts.year,
    coalesce(sum(word_count) filter (where word_group like '%参访%'), 0)::integer as wf_visit,
    coalesce(sum(word_count) filter (where word_group like '%标准%'), 0)::integer as wf_standard,
    coalesce(sum(word_count) filter (where categories.word is not null), 0)::integer as wf_pilot_category
from {{ ref('int_word_counts__screened') }} as counts
left join {{ ref('seed_pilot_categories') }} as categories on counts.word = categories.word
where drop_reason is null
group by counts.stkcd, counts.year
