-- CNRDS firm-years in the common industry and place codes, with growth over the record of the year before.
with records as (
    select *, upper(csrc_code) as csrc_written
    from {{ ref('int_cnrds_firm_years__screened') }}
    where drop_reason is null
),

coded as (
    select
        records.*,
        case
            when csrc_standard = '2001版' then coalesce(fine.csrc_2012, coarse.csrc_2012)
            else guide.csrc2
        end as csrc2,
        lag(year) over firm_history as previous_year,
        lag(total_revenue) over firm_history as previous_total_revenue,
        lag(revenue) over firm_history as previous_revenue
    from records
    left join {{ ref('seed_csrc_2001_2012') }} as fine on substr(csrc_written, 1, 5) = fine.csrc_2001
    left join {{ ref('seed_csrc_2001_2012') }} as coarse on substr(csrc_written, 1, 3) = coarse.csrc_2001
    left join {{ ref('seed_csrc_2012') }} as guide on substr(csrc_written, 1, 3) = guide.csrc2
    window firm_history as (partition by stkcd order by year)
)

select
    stkcd,
    year,
    short_name,
    founding_year::integer as founding_year,
    coded.province_code,
    province.region7,
    csrc2,
    csrc_written,
    csrc_standard,
    total_assets,
    total_liabilities,
    employees,
    staff_cost,
    total_revenue,
    revenue,
    top1_pct,
    independent_directors,
    board_size,
    case when is_dual in ('是', '1') then 1 when is_dual in ('否', '0') then 0 end as dum_dual,
    mgmt_share_pct,
    case when previous_year = year - 1 and previous_total_revenue > 0 then 100 * (total_revenue / previous_total_revenue - 1) end as growth,
    case when previous_year = year - 1 and previous_revenue > 0 then 100 * (revenue / previous_revenue - 1) end as growth_alt
from coded
left join {{ ref('seed_province') }} as province on coded.province_code = province.province_code
