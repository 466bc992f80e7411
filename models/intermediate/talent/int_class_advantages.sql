-- Applications of sample firm-years by IPC class, with the Balassa ratio above one (methods.md 1.9, equation 4); the firm-years are those of
-- the moderators, one year before the outcome or the same year (A-000-2b).
with sample as (
    select stkcd, lags.moderator_lag, year - lags.moderator_lag as year
    from {{ ref('int_talent_keytech__sample') }}
    cross join (select {{ rows_of(list_of(readings_of('moderator_lag'))) }} as moderator_lag) as lags
    where drop_reason is null
),

cells as (
    select sample.moderator_lag, patent.stkcd, patent.year, patent.ipc3, count(*) as applications
    from {{ ref('int_firm_patents') }} as patent
    inner join sample on patent.stkcd = sample.stkcd and patent.year = sample.year
    where patent.ipc3 is not null
    group by sample.moderator_lag, patent.stkcd, patent.year, patent.ipc3
),

totals as (
    select
        *,
        sum(applications) over (partition by moderator_lag, stkcd, year) as firm_total,
        sum(applications) over (partition by moderator_lag, ipc3, year) as class_total,
        sum(applications) over (partition by moderator_lag, year) as total
    from cells
)

select
    moderator_lag,
    stkcd,
    year,
    ipc3,
    applications,
    firm_total,
    applications * total > class_total * firm_total as has_advantage
from totals
