-- Applications of sample firm-years by IPC class, with the Balassa ratio above one (methods.md 1.9, equation 4).
with sample as (
    select stkcd, year - {{ option('moderator_lag') }} as year
    from {{ ref('int_talent_keytech__sample') }}
    where drop_reason is null
),

cells as (
    select patent.stkcd, patent.year, patent.ipc3, count(*) as applications
    from {{ ref('int_firm_patents') }} as patent
    inner join sample on patent.stkcd = sample.stkcd and patent.year = sample.year
    where patent.ipc3 is not null
    group by patent.stkcd, patent.year, patent.ipc3
),

totals as (
    select
        *,
        sum(applications) over (partition by stkcd, year) as firm_total,
        sum(applications) over (partition by ipc3, year) as class_total,
        sum(applications) over (partition by year) as total
    from cells
)

select
    stkcd,
    year,
    ipc3,
    applications,
    firm_total,
    applications * total > class_total * firm_total as has_advantage,
    {{ 'year' if option('proximity') == 'by_year' else '0' }} as period
from totals
