with source as (
    select * from {{ source('experts', 'by_province') }}
),

renamed as (
    select
        {{ cell('province') }} as province,
        year::integer as year,
        experts,
        _file,
        _row
    from source
)

select * from renamed
