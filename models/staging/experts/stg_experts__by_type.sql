with source as (
    select * from {{ source('experts', 'by_type') }}
),

renamed as (
    select
        {{ cell('province') }} as province,
        {{ cell('expert_type') }} as expert_type,
        year::integer as year,
        experts,
        _file,
        _row
    from source
)

select * from renamed
