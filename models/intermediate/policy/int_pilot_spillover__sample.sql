-- Every listed firm-year 2010-2019 with the screen of methods.md 5.1 that drops it (null = in the panel).
{% set first_year, last_year = 2010, 2019 %}

with records as (
    select * from {{ ref('int_csmar_firm_years') }} where year between {{ first_year }} and {{ last_year }}
),

marked as (
    select stkcd, bool_or(listing_state = '终止上市' or short_name like '%退%') as has_delisting_mark
    from {{ ref('int_csmar_firm_years') }}
    group by stkcd
),

listed as (
    select
        records.stkcd,
        {% if option('listed_years') == 'to_2019' -%}
        {{ last_year }} - min(year(firm.listing_date)) + 1 as years_listed
        {%- else -%}
        count(*) as years_listed
        {%- endif %}
    from records
    left join {{ ref('dim_listed_firm') }} as firm on records.stkcd = firm.stkcd
    group by records.stkcd
)

select
    records.stkcd,
    records.year,
    case
        when not {{ is_a_share('records.stkcd') }} then 'not_an_a_share'
        when pilot.stkcd is not null then 'direct_pilot'
        when coalesce(listed.years_listed, 0) < 5 then 'listed_under_five_years'
        when marked.has_delisting_mark or firm.delisting_date is not null then 'delisted'
        when substr(records.csrc2, 1, 1) = 'J' then 'finance'
        when records.csrc2 is null or records.city_code is null then 'missing_city_or_industry'
    end as drop_reason
from records
left join {{ ref('int_pilot_firms') }} as pilot on records.stkcd = pilot.stkcd
left join listed on records.stkcd = listed.stkcd
left join marked on records.stkcd = marked.stkcd
left join {{ ref('dim_listed_firm') }} as firm on records.stkcd = firm.stkcd
