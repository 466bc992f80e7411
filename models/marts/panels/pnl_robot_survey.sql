-- Every surveyed industrial firm by year, with the robots of its city: importers of parts (Table 3 column 1) and the exclusion placebo (R5.1).
with upstream_classes as (
    select distinct cic4
    from {{ ref('fct_industrial_firm_year') }}
    where is_upstream and cic4 is not null
)

select
    firms.firm_id::varchar as firm_id,
    firms.year::integer as year,
    firms.city_code::varchar as city_code,
    firms.province_code::varchar as province_code,
    firms.cic4::varchar as cic4,
    firms.cic2::varchar as cic2,
    (firms.city_code || '-' || firms.year)::varchar as city_year,
    (upstream_classes.cic4 is not null)::boolean as has_upstream_class,
    {{ log_positive('firms.patents > 0', 'firms.patents') }}::double as lnspatent,
    {{ log_positive('trade.part_import_usd > 0', 'trade.part_import_usd::double') }}::double as lncap_value,
    {{ 'robots.robot' if option('robot_zero_imports') == 'fill' else 'nullif(robots.robot, 0)' }}::double as robot,
    robots.us_robot::double as us_robot,
    robots.us_robot_imputed::boolean as us_robot_imputed,
    firms.lnlp::double as lnlp,
    firms.lnkfix::double as lnkfix,
    firms.lnklratio::double as lnklratio,
    firms.lnbdat::double as lnbdat,
    city.lngdp::double as lngdp,
    city.second_rate::double as second_rate,
    city.lnedc_cost::double as lnedc_cost,
    firms.cic4_hhi::double as cic4_hhi
from {{ ref('fct_industrial_firm_year') }} as firms
left join upstream_classes on firms.cic4 = upstream_classes.cic4
left join {{ ref('int_customs_firm_years__summed') }} as trade on firms.firm_id = trade.firm_id and firms.year = trade.year
left join {{ ref('fct_city_robot_year') }} as robots on firms.city_code = robots.city_code and firms.year = robots.year
left join {{ ref('fct_city_year') }} as city on firms.city_code = city.city_code and firms.year = city.year
where firms.year between 2000 and 2013 and firms.city_code is not null and firms.cic4 is not null
