-- Candidate rows of the upstream panel and why they are in or out (null: in).
{% set zero_fill = option('robot_zero_imports') == 'fill' %}

select
    firms.firm_id,
    firms.year,
    case
        when firms.year not between 2000 and 2013 then 'year_outside_period'
        when not upstream.is_upstream and upstream.manual_decision is null then 'wholesale_only'
        when not upstream.is_upstream then 'manual_decision'
        when firms.city_code is null then 'unknown_city'
        when firms.cic4 is null then 'unknown_industry'
        when not coalesce(robots.robot > 0, false) and {{ 'robots.robot is null' if zero_fill else 'true' }} then 'no_robot_imports_in_city'
    end as drop_reason
from {{ ref('fct_industrial_firm_year') }} as firms
inner join {{ ref('fct_upstream_firm') }} as upstream on firms.registration_id = upstream.registration_id
left join {{ ref('fct_city_robot_year') }} as robots on firms.city_code = robots.city_code and firms.year = robots.year
