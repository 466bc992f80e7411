-- The links of robot_upstream and how each was made: rows by link and method, with the share within the link.
with links as (
    select 'survey rows to registrations' as link, match_method as method, count(*) as n_rows
    from {{ ref('int_industrial_firm_years__screened') }} where drop_reason is null group by 2
    union all
    select 'survey names that are ambiguous', case when is_ambiguous then 'ambiguous' else 'settled' end, count(*)
    from {{ ref('int_industrial_firms__matched') }} group by 2
    union all
    select 'survey rows to cities of the common vintage', city_mapping, count(*)
    from {{ ref('int_industrial_firm_years__screened') }} where drop_reason is null group by 2
    union all
    select 'survey rows to industries of 2002', cic_mapping, count(*)
    from {{ ref('int_industrial_firm_years__screened') }} where drop_reason is null group by 2
    union all
    select 'customs names to industrial firms', match_method, count(*)
    from {{ ref('int_customs_firms__matched') }} group by 2
    union all
    select 'customs records to cities', city_mapping, count(*)
    from {{ ref('int_customs_transactions__screened') }} where drop_reason is null group by 2
    union all
    select 'customs records to trade modes', trade_mode_kind, count(*)
    from {{ ref('int_customs_transactions__screened') }} where drop_reason is null group by 2
    union all
    select 'customs records by digits of the HS code', hs_digits::varchar, count(*)
    from {{ ref('int_customs_transactions__screened') }} where drop_reason is null group by 2
    union all
    select 'applications to industrial firms by name', match_method, count(*)
    from {{ ref('int_industrial_firm_patents__matched') }} group by 2
    union all
    select 'industrial firm-years to patents', case when patents > 0 then 'patents' else 'none' end, count(*)
    from {{ ref('fct_industrial_firm_year') }} group by 2
    union all
    select 'ownership: capital against registration type', coalesce(ownership, 'unknown') || ' / ' || coalesce(ownership_by_type, 'unknown'), count(*)
    from {{ ref('fct_industrial_firm_year') }} group by 2
    union all
    select 'industrial firm-years to customs', case when trade.firm_id is not null then 'trades' else 'none' end, count(*)
    from {{ ref('fct_industrial_firm_year') }} as firms
    left join {{ ref('int_customs_firm_years__summed') }} as trade on firms.firm_id = trade.firm_id and firms.year = trade.year
    group by 2
    union all
    select 'upstream firm-years to city-years with robot imports', coalesce(drop_reason, 'in_panel'), count(*)
    from {{ ref('int_robot_upstream__sample') }} group by 2
    union all
    select 'upstream firms in the registrations', case when is_upstream then 'maker' when is_wholesale_only then 'wholesale_only' else 'manual' end, count(*)
    from {{ ref('fct_upstream_firm') }} group by 2
)

select
    link::varchar as link,
    method::varchar as method,
    n_rows::bigint as n_rows,
    n_rows / sum(n_rows) over (partition by link)::double as share
from links
