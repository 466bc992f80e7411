-- The official HS-BEC correlation when it has been landed, the starter list otherwise.
with official as (
    select
        upper({{ code_cell('hs_revision') }}) as hs_revision,
        {{ code_cell('hs6') }} as hs6,
        {{ code_cell('bec4') }} as bec4,
        'official' as origin
    from {{ source('reference', 'hs_bec') }}
),

starter as (
    select
        hs_revision,
        hs6,
        bec4,
        'starter' as origin
    from {{ ref('seed_bec_hs') }}
    where not exists (select 1 from official)
)

select * from official
union all
select * from starter
