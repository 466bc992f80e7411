with source as (
    select * from {{ source('registrations', 'enterprises') }}
),

renamed as (
    select
        {{ code_cell('credit_code') }} as credit_code,
        {{ code_cell('legal_code') }} as legal_code,
        {{ cell('name') }} as name,
        {{ cell('former_names') }} as former_names,
        {{ cell('business_scope') }} as business_scope,
        {{ cell('address') }} as address,
        {{ cell('province') }} as province,
        {{ cell('city') }} as city,
        established,
        cancelled,
        {{ cell('capital_type') }} as capital_type,
        registered_capital_10k,
        _file,
        _row
    from source
)

select * from renamed
