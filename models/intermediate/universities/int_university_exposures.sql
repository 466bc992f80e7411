-- What is fixed before the treatment: means over the pre-period window, standardised over the universities (methods.md 2.2).
{%- set years = university_years() %}
{%- set measures = {
    'exchange': 'exchange', 'exchange_coop': 'exchange_coop', 'exchange_conf': 'exchange_conf',
    'talent_us': 'ln(1 + overseas_talent_us)', 'talent_other': 'ln(1 + overseas_talent_other)',
} %}
with means as (
    select
        university_id,
        {%- for name, expr in measures.items() %}
        {{ ordered_mean(expr, 'year') }} as {{ name }}_pre{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_university_years') }}
    where year between {{ years.pre_first }} and {{ years.pre_last }}
    group by university_id
),

centres as (
    select
        median(exchange_pre) as exchange_pre_median,
        {%- for name in measures %}
        {{ ordered_mean(name ~ '_pre', 'university_id') }} as {{ name }}_mean{{ ',' if not loop.last }}
        {%- endfor %}
    from means
),

spreads as (
    select
        {%- for name in measures %}
        sqrt({{ ordered_mean('pow(' ~ name ~ '_pre - ' ~ name ~ '_mean, 2)', 'university_id') }} * count({{ name }}_pre) / nullif(count({{ name }}_pre) - 1, 0)) as {{ name }}_sd{{ ',' if not loop.last }}
        {%- endfor %}
    from means
    cross join centres
)

select
    means.university_id,
    means.exchange_pre,
    (means.exchange_pre > centres.exchange_pre_median)::integer as high_exchange,
    {%- for name in measures %}
    (means.{{ name }}_pre - centres.{{ name }}_mean) / nullif(spreads.{{ name }}_sd, 0) as {{ name }}_pre_std{{ ',' if not loop.last }}
    {%- endfor %}
from means
cross join centres
cross join spreads
