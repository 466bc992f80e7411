with source as (
    select * from {{ source('us_industry', 'productivity') }}
),

renamed as (
    select
        {{ cell('naics') }} as naics,
        year::integer as year,
        vship_musd,
        vadd_musd,
        employment_thousand,
        deflator,
        _file,
        _row
    from source
)

select * from renamed
