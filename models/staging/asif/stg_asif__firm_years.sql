with source as (
    select * from {{ source('asif', 'firm_years') }}
),

renamed as (
    select
        year::integer as year,
        {{ code_cell('legal_code') }} as legal_code,
        {{ cell('name') }} as name,
        {{ code_cell('district_code') }} as district_code,
        {{ code_cell('cic4') }} as cic4,
        founding_year::integer as founding_year,
        {{ code_cell('registration_type') }} as registration_type,
        capital_state,
        capital_collective,
        capital_legal,
        capital_individual,
        capital_hmt,
        capital_foreign,
        employees,
        output,
        sales,
        exports,
        intermediate_input,
        fixed_assets,
        total_assets,
        selling_expense,
        total_profit,
        wages,
        _file,
        _row
    from source
)

select * from renamed
