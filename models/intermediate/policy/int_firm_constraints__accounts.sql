-- What the FC index rests on (methods.md 5.12): listed A-share firm-years with every figure it needs.
with firms as (
    select
        firm.stkcd,
        firm.year,
        ln(firm.total_assets) as size,
        firm.year - year(registry.founding_date) as age,
        case when firm.net_profit > 0 then firm.cash_dividends / firm.net_profit else 0 end as payout,
        firm.total_liabilities / firm.total_assets as lev,
        firm.cash_dividends / firm.total_assets as dividends,
        firm.market_value / firm.total_assets as mb,
        (firm.current_assets - firm.current_liabilities) / firm.total_assets as nwc,
        firm.ebit / firm.total_assets as ebit
    from {{ ref('int_csmar_firm_years') }} as firm
    inner join {{ ref('dim_listed_firm') }} as registry on firm.stkcd = registry.stkcd
    where {{ is_a_share('firm.stkcd') }} and firm.total_assets > 0
)

select *
from firms
where size + age + payout + lev + dividends + mb + nwc + ebit is not null
