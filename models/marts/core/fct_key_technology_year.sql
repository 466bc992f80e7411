-- Key and other inventions of the firms of pilot_spillover by year of application (methods.md 5.14: trends, truncation of grants).
{% set fields = ['it', 'equipment', 'material', 'bio', 'nev', 'energy', 'environment', 'digital', 'service'] %}

with sample as (
    select stkcd, year from {{ ref('int_pilot_spillover__sample') }} where drop_reason is null
),

patents as (
    select patents.*
    from {{ ref('fct_firm_patent_year') }} as patents
    inner join sample on patents.stkcd = sample.stkcd and patents.year = sample.year
),

fields as (
    select fields.*
    from {{ ref('int_firm_field_patents') }} as fields
    inner join sample on fields.stkcd = sample.stkcd and fields.year = sample.year
),

counted as (
    select stkcd, year, 'applications' as measure, 'key' as technology, apply_inv_zl as n from patents
    union all
    select stkcd, year, 'applications', 'other', apply_inv_nozl from patents
    union all
    select stkcd, year, 'grants', 'key', grant_inv_zl from patents
    {%- for field in fields %}
    union all
    select stkcd, year, 'applications', '{{ field }}', apply_zl_{{ field }} from fields
    {%- endfor %}
)

select
    year::integer as year,
    measure,
    technology,
    sum(n)::integer as n,
    (count(*) filter (where n > 0))::integer as n_firms
from counted
group by year, measure, technology
order by measure, technology, year
