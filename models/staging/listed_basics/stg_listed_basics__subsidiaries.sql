with source as (
    select * from {{ source('listed_basics', 'subsidiaries') }}
),

renamed as (
    select
        {{ stock_code('stkcd') }} as stkcd,
        year::integer as year,
        {{ cell('subsidiary_name') }} as subsidiary_name,
        holding_pct,
        {{ cell('is_controlled') }} as is_controlled,
        _file,
        _row
    from source
)

select * from renamed
