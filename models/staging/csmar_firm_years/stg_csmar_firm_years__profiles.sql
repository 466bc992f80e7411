with source as (
    select * from {{ source('csmar_firm_years', 'profiles') }}
),

renamed as (
    select
        {{ stock_code('stkcd') }} as stkcd,
        year::integer as year,
        {{ cell('short_name') }} as short_name,
        {{ cell('csrc_code') }} as csrc_code,
        {{ cell('ownership') }} as ownership,
        {{ cell('registered_city') }} as registered_city,
        {{ cell('office_city') }} as office_city,
        {{ cell('listing_state') }} as listing_state,
        employees,
        _file,
        _row
    from source
)

select * from renamed
