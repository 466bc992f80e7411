with source as (
    select * from {{ source('pilots', 'units') }}
),

renamed as (
    select
        batch_year::integer as batch_year,
        announced,
        {{ cell('project') }} as project,
        {{ cell('unit_name') }} as unit_name,
        {{ cell('province') }} as province,
        {{ cell('city') }} as city,
        {{ cell('category') }} as category,
        {{ cell('industry') }} as industry,
        _file,
        _row
    from source
)

select * from renamed
