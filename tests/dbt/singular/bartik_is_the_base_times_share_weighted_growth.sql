{{ config(meta = {'dagster': {'ref': {'name': 'pnl_talent_origin_shares'}}}) }}
-- A row means that shares and growth, as the exposure-robust errors see them, do not give the instrument of the panel (methods.md 1.6).
with rebuilt as (
    select
        province_code,
        year,
        sum(base_stock) as base_stock,
        sum(share * growth_as_printed) as as_printed,
        sum(share * growth_cumulative) as cumulative
    from {{ ref('pnl_talent_origin_shares') }}
    inner join {{ ref('pnl_talent_origin_shocks') }} using (origin)
    group by province_code, year
)

select talent.province_code, talent.year, lnbartik_as_printed, lnbartik_cumulative, as_printed, cumulative
from rebuilt
inner join {{ ref('fct_province_talent_year') }} as talent
    on rebuilt.province_code = talent.province_code and rebuilt.year = talent.year + 1
where
    abs(ln(base_stock * (1 + as_printed)) - lnbartik_as_printed) > 1e-9
    or abs(ln(base_stock * (1 + cumulative)) - lnbartik_cumulative) > 1e-9
    or abs(ln(base_stock) - lntalent_base) > 1e-12
