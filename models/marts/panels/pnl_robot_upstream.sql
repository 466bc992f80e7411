-- Upstream makers of robot parts by firm and year, with the robot imports of their city (methods.md 4).
with variables as (
    select * from {{ ref('int_robot_upstream__variables') }}
),

markups as (
    select firm_id, year, case when markup > 0 then markup end as markup
    from {{ ref('int_firm_markups__estimated') }}
),

exposures as (
    select city_code, sum(share order by sector_code) as us_exposure
    from {{ ref('pnl_robot_shares') }}
    group by city_code
),

output_mean as (
    select avg_output
    from (select sum(output::decimal(18, 2))::double / count(output) as avg_output from variables) as pooled
),

output_moments as (
    select
        output_mean.avg_output,
        sqrt(sum(pow(variables.output - output_mean.avg_output, 2) order by variables.firm_id, variables.year) / (count(variables.output) - 1)) as sd_output
    from variables
    cross join output_mean
    group by output_mean.avg_output
),

thresholds as (
    select
        quantile_cont(gap, 0.25) as gap_q25,
        quantile_cont(gap, 0.50) as gap_median,
        quantile_cont(sa, 0.50) as sa_median,
        quantile_cont(markups.markup, 0.75) as markup_q75
    from variables
    left join markups on variables.firm_id = markups.firm_id and variables.year = markups.year
    {{ "" if option('robot_threshold_rows') == 'panel' else "where lnspatent is not null" }}
)

select
    variables.firm_id::varchar as firm_id,
    variables.year::integer as year,
    variables.city_code::varchar as city_code,
    variables.province_code::varchar as province_code,
    variables.cic4::varchar as cic4,
    variables.cic2::varchar as cic2,
    (variables.city_code || '-' || variables.year)::varchar as city_year,
    (variables.city_code || '-' || variables.cic4)::varchar as city_industry,
    (variables.province_code || '-' || variables.year)::varchar as province_year,
    (variables.province_code || '-' || variables.cic4)::varchar as province_industry,
    variables.lnspatent::double as lnspatent,
    variables.lnfm_patent::double as lnfm_patent,
    variables.lnspatent1::double as lnspatent1,
    variables.patents::integer as patents,
    robots.robot::double as robot,
    robots.us_robot::double as us_robot,
    robots.us_robot_imputed::boolean as us_robot_imputed,
    coalesce(left_out.us_robot_other_sectors, robots.us_robot)::double as us_robot_other_sectors,
    exposures.us_exposure::double as us_exposure,
    variables.lnlp::double as lnlp,
    variables.lnkfix::double as lnkfix,
    variables.lnklratio::double as lnklratio,
    variables.lnbdat::double as lnbdat,
    city.lngdp::double as lngdp,
    city.second_rate::double as second_rate,
    city.lnedc_cost::double as lnedc_cost,
    variables.cic4_hhi::double as cic4_hhi,
    variables.lnexpense::double as lnexpense,
    variables.gap::double as gap,
    case
        when variables.gap <= thresholds.gap_q25 then 'small'
        when variables.gap >= thresholds.gap_median then 'large'
        when variables.gap is not null then 'middle'
    end::varchar as gap_group,
    ((variables.output - output_moments.avg_output) / output_moments.sd_output)::double as y_std,
    variables.lnprofit::double as lnprofit,
    variables.lnn::double as lnn,
    variables.sa::double as sa,
    (variables.sa >= thresholds.sa_median)::boolean as sa_high,
    markups.markup::double as markup,
    (markups.markup >= thresholds.markup_q75)::boolean as markup_top25,
    variables.ownership::varchar as ownership,
    variables.dvar::double as dvar,
    robots.city_cap::double as city_cap,
    robots.robot_cap::double as robot_cap,
    robots.late_robot::double as late_robot,
    robots.other_robot::double as other_robot,
    robots.robot_excl_processing::double as robot_excl_processing,
    residuals.net_robot::double as net_robot,
    (first_value(variables.city_code) over firm)::varchar as first_city_code,
    (first_value(events.robot_event_year) over firm)::integer as robot_event_year
from variables
inner join {{ ref('fct_city_robot_year') }} as robots on variables.city_code = robots.city_code and variables.year = robots.year
left join {{ ref('int_class_sectors__matched') }} as sectors on variables.cic4 = sectors.cic4
left join {{ ref('int_city_robots__left_out') }} as left_out
    on variables.city_code = left_out.city_code and variables.year = left_out.year and sectors.sector_code = left_out.left_out
left join exposures on variables.city_code = exposures.city_code
left join {{ ref('fct_city_year') }} as city on variables.city_code = city.city_code and variables.year = city.year
left join {{ ref('int_city_robots__residual') }} as residuals
    on variables.city_code = residuals.city_code and variables.year = residuals.year
left join markups on variables.firm_id = markups.firm_id and variables.year = markups.year
left join {{ ref('int_city_robot_events__dated') }} as events on variables.city_code = events.city_code
cross join output_moments
cross join thresholds
window firm as (partition by variables.firm_id order by variables.year)
