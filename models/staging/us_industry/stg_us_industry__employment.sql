with source as (
    select * from {{ source('us_industry', 'employment') }}
),

renamed as (
    select
        {{ cell('sector_code') }} as sector_code,
        year::integer as year,
        employment_thousand,
        _file,
        _row
    from source
)

select * from renamed
