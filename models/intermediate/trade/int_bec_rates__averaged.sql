-- Share of the BEC rev. 4 categories of an HS6 code that are capital goods (41, 521) and intermediates, by HS revision.
with categories as (
    select distinct hs_revision, hs6, bec4
    from {{ ref('stg_reference__hs_bec') }}
)

select
    hs_revision,
    hs6,
    avg(case when bec4 in ('41', '521') then 1.0::double else 0.0 end) as capital_rate,
    avg(case when bec4 in ('111', '121', '21', '22', '31', '322', '42', '53') then 1.0::double else 0.0 end) as intermediate_rate,
    count(*)::integer as categories
from categories
group by hs_revision, hs6
