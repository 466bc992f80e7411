with source as (
    select * from {{ source('experts', 'by_industry') }}
),

renamed as (
    select
        {{ cell('province') }} as province,
        {{ cell('section') }} as section,
        {{ cell('section_name') }} as section_name,
        year::integer as year,
        experts,
        _file,
        _row
    from source
)

select * from renamed
