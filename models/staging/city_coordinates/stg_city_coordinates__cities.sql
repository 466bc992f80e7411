with source as (
    select * from {{ source('city_coordinates', 'cities') }}
),

renamed as (
    select
        {{ cell('city') }} as city,
        {{ cell('province') }} as province,
        longitude,
        latitude,
        _file,
        _row
    from source
)

select * from renamed
