-- The official concordance of GB/T 4754 vintages when it has been landed, the starter list otherwise.
with official as (
    select
        from_year::integer as from_year,
        to_year::integer as to_year,
        {{ code_cell('level') }} as level,
        {{ code_cell('from_code') }} as from_code,
        {{ code_cell('to_code') }} as to_code,
        'official' as origin
    from {{ source('reference', 'cic_concordance') }}
),

starter as (
    select
        from_year,
        to_year,
        level,
        from_code,
        to_code,
        'starter' as origin
    from {{ ref('seed_cic_concordance') }}
    where not exists (select 1 from official)
)

select * from official
union all
select * from starter
