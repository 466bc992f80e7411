-- CSMAR firm-years: yearly profile and year-end consolidated accounts side by side; either may be missing.
with profiles as (
    select * from {{ ref('int_csmar_profiles__screened') }} where drop_reason is null
),

offices as (
    select profiles.stkcd, profiles.year, place.city_code
    from profiles
    inner join {{ ref('int_city_names') }} as place on {{ city_key('profiles.office_city') }} = place.city_key
),

accounts as (
    select * from {{ ref('int_csmar_financials__screened') }} where drop_reason is null
)

select
    coalesce(profiles.stkcd, accounts.stkcd) as stkcd,
    coalesce(profiles.year, accounts.year) as year,
    profiles.short_name,
    industry.csrc2,
    profiles.ownership,
    profiles.listing_state,
    profiles.city_code as registered_city_code,
    offices.city_code as office_city_code,
    {{ 'offices' if option('firm_city') == 'office' else 'profiles' }}.city_code as city_code,
    profiles.employees,
    accounts.total_assets,
    accounts.total_liabilities,
    accounts.revenue,
    accounts.net_profit,
    accounts.ebit,
    accounts.fixed_assets,
    accounts.current_assets,
    accounts.current_liabilities,
    accounts.long_term_debt,
    accounts.operating_cash_flow,
    accounts.capex,
    accounts.cash_dividends,
    accounts.market_value
from profiles
full join accounts on profiles.stkcd = accounts.stkcd and profiles.year = accounts.year
left join offices on profiles.stkcd = offices.stkcd and profiles.year = offices.year
left join {{ ref('seed_csrc_2012') }} as industry on substr(upper(profiles.csrc_code), 1, 3) = industry.csrc2
