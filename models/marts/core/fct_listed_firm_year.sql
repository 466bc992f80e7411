with cnrds as (
    select
        'cnrds' as source_db,
        stkcd,
        year,
        short_name,
        csrc2,
        province_code,
        null as city_code,
        total_assets,
        total_liabilities,
        revenue,
        total_revenue,
        employees,
        staff_cost,
        null as net_profit
    from {{ ref('int_cnrds_firm_years') }}
),

csmar as (
    select
        'csmar' as source_db,
        firm.stkcd,
        firm.year,
        firm.short_name,
        firm.csrc2,
        city.province_code,
        firm.city_code,
        firm.total_assets,
        firm.total_liabilities,
        firm.revenue,
        null as total_revenue,
        firm.employees,
        null as staff_cost,
        firm.net_profit
    from {{ ref('int_csmar_firm_years') }} as firm
    left join {{ ref('dim_city') }} as city on firm.city_code = city.city_code
)

select * from cnrds
union all
select * from csmar
