-- Revealed advantage in key technology and its lasting onset (methods.md 1.8), for sample firms and all years of the windows. Null where the
-- patent source has no application of a year of the window; A-000-8a: also null, or not, where the firm is unlisted in the window.
{% set last_window_year = 2019 %}

with firms as (
    select distinct stkcd from {{ ref('int_talent_keytech__sample') }} where drop_reason is null
),

covered as (
    select distinct year from {{ ref('fct_patent') }}
),

spine as (
    select
        ipc_level,
        stkcd,
        {{ rows_of(whole_numbers(option('first_outcome_year') - 3, last_window_year)) }} as year
    from firms
    cross join (select {{ rows_of(list_of(readings_of('ipc_level'))) }} as ipc_level) as readings
),

counts as (
    select
        spine.ipc_level,
        spine.stkcd,
        spine.year,
        coalesce(counts.keypat, 0) as keypat,
        coalesce(counts.inv_apply, 0) as inv_apply,
        sum(coalesce(counts.keypat, 0)) over (partition by spine.ipc_level, spine.year) as keypat_all,
        sum(coalesce(counts.inv_apply, 0)) over (partition by spine.ipc_level, spine.year) as inv_apply_all
    from spine
    inner join covered on spine.year = covered.year
    left join {{ ref('int_key_counts') }} as counts
        on spine.ipc_level = counts.ipc_level and spine.stkcd = counts.stkcd and spine.year = counts.year
),

shares as (
    select
        ipc_level,
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
        count(*) over before + count(*) over after = 6 as is_covered,
        coalesce(sum(rta_key) over before, 0) = 0 and sum(rta_key) over after = 3 as is_onset
    from shares
    window
        before as (partition by ipc_level, stkcd order by year range between 3 preceding and 1 preceding),
        after as (partition by ipc_level, stkcd order by year range between 1 following and 3 following)
)

select
    windows.ipc_level,
    windows.stkcd,
    windows.year,
    fkeyshare,
    keyshare,
    rta_key,
    case when is_covered then is_onset::integer end as dum_keyadv_zero,
    case
        when
            is_covered
            and windows.year - 3 >= year(firm.listing_date)
            and windows.year + 3 <= coalesce(year(firm.delisting_date), 9999)
            then is_onset::integer
    end as dum_keyadv_null
from windows
left join {{ ref('dim_listed_firm') }} as firm on windows.stkcd = firm.stkcd
