with firms as (
    select * from {{ ref('int_listed_firms__screened') }} where drop_reason is null
),

names as (
    select stkcd, count(*) as n_names
    from {{ ref('int_firm_names') }}
    group by stkcd
)

select
    firms.stkcd,
    firms.short_name,
    firms.full_name,
    firms.founding_date,
    firms.listing_date,
    firms.delisting_date,
    place.province_code,
    firms.city_code,
    firms.credit_code,
    {{ is_a_share('firms.stkcd') }} as is_a_share,
    coalesce(names.n_names, 0)::integer as n_names
from firms
left join names on firms.stkcd = names.stkcd
left join {{ ref('seed_province') }} as place on {{ province_key('firms.province') }} = substr(place.province_short, 1, 2)
