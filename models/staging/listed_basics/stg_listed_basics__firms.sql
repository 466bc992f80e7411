with source as (
    select * from {{ source('listed_basics', 'firms') }}
),

renamed as (
    select
        {{ stock_code('stkcd') }} as stkcd,
        {{ cell('short_name') }} as short_name,
        {{ cell('full_name') }} as full_name,
        founding_date,
        listing_date,
        delisting_date,
        {{ cell('province') }} as province,
        {{ cell('registered_city') }} as registered_city,
        {{ cell('office_city') }} as office_city,
        {{ cell('address') }} as address,
        {{ cell('credit_code') }} as credit_code,
        _file,
        _row
    from source
)

select * from renamed
