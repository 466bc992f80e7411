-- Industrial firms that import robot parts, by year, in cities with robot imports: Table 3 column 1.
select
    firms.firm_id::varchar as firm_id,
    firms.year::integer as year,
    firms.city_code::varchar as city_code,
    firms.province_code::varchar as province_code,
    firms.cic4::varchar as cic4,
    firms.cic2::varchar as cic2,
    (firms.city_code || '-' || firms.year)::varchar as city_year,
    ln(trade.part_import_usd::double)::double as lncap_value,
    robots.robot::double as robot,
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
inner join {{ ref('int_customs_firm_years__summed') }} as trade on firms.firm_id = trade.firm_id and firms.year = trade.year
inner join {{ ref('fct_city_robot_year') }} as robots on firms.city_code = robots.city_code and firms.year = robots.year
left join {{ ref('fct_city_year') }} as city on firms.city_code = city.city_code and firms.year = city.year
where trade.part_import_usd > 0 and firms.cic4 is not null
    and {{ 'robots.robot is not null' if robot_option('robot_zero_imports') == 'fill' else 'robots.robot > 0' }}
