-- GB/T 4754 classes of the 1994 and 2011 vintages -> the 2002 vintage. Where the standard splits a class, the smallest code stands for it.
with pairs as (
    select '1994' as vintage, from_code as cic4_raw, to_code as cic4
    from {{ ref('stg_reference__cic_concordance') }}
    where from_year = 1994 and to_year = 2002 and length(from_code) = 4 and length(to_code) = 4
    union
    select '2011', to_code, from_code
    from {{ ref('stg_reference__cic_concordance') }}
    where from_year = 2002 and to_year = 2011 and length(from_code) = 4 and length(to_code) = 4
)

select
    vintage,
    cic4_raw,
    min(cic4) as cic4,
    count(*)::integer as candidates,
    case when count(*) = 1 then 'one_code' else 'split_smallest_code' end as mapping
from pairs
group by vintage, cic4_raw
