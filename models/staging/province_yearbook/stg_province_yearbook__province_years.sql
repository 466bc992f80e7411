with source as (
    select * from {{ source('province_yearbook', 'province_years') }}
),

renamed as (
    select
        {{ cell('province') }} as province,
        year::integer as year,
        population_10k,
        employed_10k,
        gdp_100m,
        rd_100m,
        _file,
        _row
    from source
)

select * from renamed
