with source as (
    select * from {{ source('ifr', 'robots') }}
),

renamed as (
    select
        {{ cell('country') }} as country,
        {{ cell('sector_code') }} as sector_code,
        {{ cell('sector_name') }} as sector_name,
        year::integer as year,
        stock,
        installations,
        _file,
        _row
    from source
)

select * from renamed
