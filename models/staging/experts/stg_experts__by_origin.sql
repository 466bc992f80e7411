with source as (
    select * from {{ source('experts', 'by_origin') }}
),

renamed as (
    select
        {{ cell('province') }} as province,
        {{ cell('origin') }} as origin,
        year::integer as year,
        experts,
        _file,
        _row
    from source
)

select * from renamed
