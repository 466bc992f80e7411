with source as (
    select * from {{ source('csmar_firm_years', 'financials') }}
),

renamed as (
    select
        {{ stock_code('stkcd') }} as stkcd,
        period_end,
        {{ cell('statement_type') }} as statement_type,
        total_assets,
        total_liabilities,
        revenue,
        net_profit,
        ebit,
        fixed_assets,
        current_assets,
        current_liabilities,
        long_term_debt,
        operating_cash_flow,
        capex,
        cash_dividends,
        market_value,
        _file,
        _row
    from source
)

select * from renamed
