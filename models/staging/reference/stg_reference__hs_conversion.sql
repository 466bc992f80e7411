-- Pairs of HS6 codes of two revisions; empty until the official tables are landed (no starter list).
with source as (
    select * from {{ source('reference', 'hs_conversion') }}
),

renamed as (
    select
        from_rev::integer as from_rev,
        to_rev::integer as to_rev,
        {{ code_cell('hs_from') }} as hs_from,
        {{ code_cell('hs_to') }} as hs_to,
        'official' as origin
    from source
)

select * from renamed
