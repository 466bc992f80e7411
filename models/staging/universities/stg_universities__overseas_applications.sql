with source as (
    select * from {{ source('universities', 'overseas_applications') }}
),

renamed as (
    select
        {{ cell('university') }} as university,
        year::integer as year,
        {{ technology_field_code('field_code') }} as field_code,
        office,
        applications,
        _file,
        _row
    from source
)

select * from renamed
