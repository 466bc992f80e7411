with source as (
    select * from {{ source('subsidies', 'lines') }}
),

renamed as (
    select
        {{ stock_code('stkcd') }} as stkcd,
        year::integer as year,
        {{ cell('item') }} as item,
        amount_yuan,
        _file,
        _row
    from source
)

select * from renamed
