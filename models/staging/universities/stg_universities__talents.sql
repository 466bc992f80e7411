with source as (
    select * from {{ source('universities', 'talent') }}
),

renamed as (
    select
        {{ cell('university') }} as university,
        year::integer as year,
        {{ cell('study_country') }} as study_country,
        recruited,
        _file,
        _row
    from source
)

select * from renamed
