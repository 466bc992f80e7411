with source as (
    select * from {{ source('listed_basics', 'names') }}
),

renamed as (
    select
        {{ stock_code('stkcd') }} as stkcd,
        {{ cell('name') }} as name,
        {{ cell('name_type') }} as name_type,
        valid_from,
        valid_to,
        _file,
        _row
    from source
)

select * from renamed
