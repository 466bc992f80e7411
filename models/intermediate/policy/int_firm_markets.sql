-- Market variables over all listed A-share firms (methods.md 5.11, 5.12): sales share, concentration, revenue volatility, Whited-Wu index.
-- Volatility windows use years from 2010 on and need all three of their years.
{% set windows = {'pre': '2 preceding and current row', 'current': '1 preceding and 1 following', 'post': 'current row and 2 following'} %}
{% set spread = {
    'ln_sd': 'ln(nullif(stddev_samp(revenue) over {w}, 0))',
    'cv': 'stddev_samp(revenue) over {w} / nullif(avg(revenue) over {w}, 0)',
    'sd_growth': 'stddev_samp(sales_growth) over {w}',
}[option('volatility')] %}
{% set counted = 'sales_growth' if option('volatility') == 'sd_growth' else 'revenue' %}

with firms as (
    select
        *,
        case when lag(year) over history = year - 1 then revenue / nullif(lag(revenue) over history, 0) - 1 end as sales_growth
    from {{ ref('int_csmar_firm_years') }}
    where {{ is_a_share('stkcd') }}
    window history as (partition by stkcd order by year)
),

industries as (
    select
        *,
        case when lag(year) over history = year - 1 then revenue / nullif(lag(revenue) over history, 0) - 1 end as sales_growth
    from (
        select csrc2, year, sum(revenue::decimal(22, 2))::double as revenue
        from firms
        where csrc2 is not null
        group by csrc2, year
    ) as totals
    window history as (partition by csrc2 order by year)
),

-- shares first: the single firm of a city and industry has an index of exactly one
places as (
    select city_code, csrc2, year, {{ stable_sum('pow(revenue / nullif(total, 0), 2)', 16) }} as hhi_city_ind
    from (
        select
            city_code,
            csrc2,
            year,
            revenue,
            sum(revenue::decimal(22, 2)) over (partition by city_code, csrc2, year)::double as total
        from firms
        where csrc2 is not null and city_code is not null and revenue >= 0
    ) as shares
    group by city_code, csrc2, year
),

spreads as (
    select
        stkcd,
        year,
        {%- for name in windows %}
        case when count({{ counted }}) over {{ name }}_years = 3 then {{ spread.replace('{w}', name ~ '_years') }} end as volatility_{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from firms
    where year >= 2010
    window
        {%- for name, frame in windows.items() %}
        {{ name }}_years as (partition by stkcd order by year range between {{ frame }}){{ ',' if not loop.last }}
        {%- endfor %}
)

select
    firms.stkcd,
    firms.year,
    firms.revenue / nullif(industries.revenue, 0) as saleshare,
    places.hhi_city_ind,
    spreads.volatility_pre,
    spreads.volatility_current,
    spreads.volatility_post,
    case when firms.total_assets > 0 then
        -0.091 * firms.operating_cash_flow / firms.total_assets
        - 0.062 * (firms.cash_dividends > 0)::integer
        + 0.021 * firms.long_term_debt / firms.total_assets
        - 0.044 * ln(firms.total_assets)
        + 0.102 * industries.sales_growth
        - 0.035 * firms.sales_growth
    end as ww
from firms
left join industries on firms.csrc2 = industries.csrc2 and firms.year = industries.year
left join places on firms.city_code = places.city_code and firms.csrc2 = places.csrc2 and firms.year = places.year
left join spreads on firms.stkcd = spreads.stkcd and firms.year = spreads.year
