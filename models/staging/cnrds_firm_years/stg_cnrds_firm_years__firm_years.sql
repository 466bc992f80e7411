with source as (
    select * from {{ source('cnrds_firm_years', 'firm_years') }}
),

renamed as (
    select
        {{ stock_code('stkcd') }} as stkcd,
        year::integer as year,
        {{ cell('short_name') }} as short_name,
        founding_year,
        {{ cell('province') }} as province,
        {{ cell('csrc_code') }} as csrc_code,
        {{ cell('csrc_standard') }} as csrc_standard,
        total_assets,
        total_liabilities,
        employees,
        staff_cost,
        total_revenue,
        revenue,
        top1_pct,
        independent_directors,
        board_size,
        {{ cell('is_dual') }} as is_dual,
        mgmt_share_pct,
        _file,
        _row
    from source
)

select * from renamed
