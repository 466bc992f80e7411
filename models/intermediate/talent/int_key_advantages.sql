-- Revealed advantage in key technology and its lasting onset (methods.md 1.8), for sample firms and all years of the windows.
{% set last_window_year = 2019 %}

with firms as (
    select distinct stkcd from {{ ref('int_talent_keytech__sample') }} where drop_reason is null
),

spine as (
    select stkcd, unnest(generate_series({{ option('first_outcome_year') - 3 }}, {{ last_window_year }}))::integer as year from firms
),

counts as (
    select
        spine.stkcd,
        spine.year,
        coalesce(patents.keypat, 0) as keypat,
        coalesce(patents.inv_apply, 0) as inv_apply,
        sum(coalesce(patents.keypat, 0)) over (partition by spine.year) as keypat_all,
        sum(coalesce(patents.inv_apply, 0)) over (partition by spine.year) as inv_apply_all
    from spine
    left join {{ ref('fct_firm_patent_year') }} as patents on spine.stkcd = patents.stkcd and spine.year = patents.year
),

shares as (
    select
        stkcd,
        year,
        case when inv_apply > 0 then keypat / inv_apply else 0 end as fkeyshare,
        case when inv_apply_all > 0 then keypat_all / inv_apply_all else 0 end as keyshare,
        -- a ratio of shares at or above one, without dividing: ties stay exact
        (keypat > 0 and keypat * inv_apply_all >= keypat_all * inv_apply)::integer as rta_key
    from counts
),

windows as (
    select
        *,
        sum(rta_key) over (partition by stkcd order by year range between 3 preceding and 1 preceding) as years_before,
        sum(rta_key) over (partition by stkcd order by year range between 1 following and 3 following) as years_after
    from shares
)

select
    windows.stkcd,
    windows.year,
    fkeyshare,
    keyshare,
    rta_key,
    {% if option('unlisted_window') == 'null' -%}
    case
        when windows.year - 3 < year(firm.listing_date) or windows.year + 3 > coalesce(year(firm.delisting_date), 9999) then null
        else (coalesce(years_before, 0) = 0 and years_after = 3)::integer
    end as dum_keyadv
    {%- else -%}
    (coalesce(years_before, 0) = 0 and coalesce(years_after, 0) = 3)::integer as dum_keyadv
    {%- endif %}
from windows
left join {{ ref('dim_listed_firm') }} as firm on windows.stkcd = firm.stkcd
