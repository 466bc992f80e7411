-- Same-year firm variables of talent_keytech (methods.md 1.5), before screens, winsorising and lagging; null where a logarithm has no argument.
select
    stkcd,
    year,
    short_name,
    founding_year,
    province_code,
    region7,
    csrc2,
    (csrc2 in (select csrc2 from {{ ref('seed_hightech') }}))::integer as hightech_csrc2,
    case
        when csrc_standard = '2001版'
            then (
                substr(csrc_written, 1, 5) in (select csrc_2001 from {{ ref('seed_hightech_2001') }})
                or substr(csrc_written, 1, 3) in (select csrc_2001 from {{ ref('seed_hightech_2001') }})
            )::integer
        else (csrc2 in (select csrc2 from {{ ref('seed_hightech') }}))::integer
    end as hightech_finest_code,
    total_assets,
    employees,
    case when founding_year <= year then ln(year - founding_year + 1) end as lnage,
    case when total_assets >= 0 then ln(total_assets + 1) end as lnsize,
    case when total_assets > 0 and employees > 0 then ln(total_assets / employees) end as lnkl,
    top1_pct as top1,
    case when board_size > 0 then 100 * independent_directors / board_size end as ind_share,
    dum_dual,
    case when staff_cost > 0 and employees > 0 then ln(staff_cost / employees) end as lnave_wage,
    growth,
    case when total_assets > 0 then total_liabilities / total_assets end as asset_debt_liabilities_to_assets,
    case when total_liabilities > 0 then total_assets / total_liabilities end as asset_debt_assets_to_liabilities,
    asset_debt_{{ option('asset_debt') }} as asset_debt,
    case when employees > 0 then ln(employees) end as lnemployee,
    mgmt_share_pct as mgmt_share,
    growth_alt
from {{ ref('int_cnrds_firm_years') }}
