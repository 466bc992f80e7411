with source as (
    select * from {{ source('customs', 'transactions') }}
),

renamed as (
    select
        year::integer as year,
        month::integer as month,
        {{ code_cell('firm_code') }} as firm_code,
        {{ cell('firm_name') }} as firm_name,
        {{ cell('hs_code') }} as hs_code,
        {{ cell('direction') }} as direction,
        {{ cell('trade_mode') }} as trade_mode,
        {{ cell('partner') }} as partner,
        {{ cell('city') }} as city,
        value_usd,
        quantity,
        {{ cell('unit') }} as unit,
        _file,
        _row
    from source
)

select * from renamed
