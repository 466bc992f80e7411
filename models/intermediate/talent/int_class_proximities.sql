-- Mean proximity of an IPC class to all other classes (methods.md 1.9, equations 5, 6, 8; diagonal left out). A-000-8: one matrix for all
-- firm-years (period 0) or one per year.
with advantages as (
    {%- for proximity in readings_of('proximity') %}
    select *, '{{ proximity }}' as proximity, {{ 'year' if proximity == 'by_year' else '0' }} as period
    from {{ ref('int_class_advantages') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

classes as (
    select moderator_lag, proximity, period, ipc3, count(*) filter (where has_advantage) as n_advantages
    from advantages
    group by moderator_lag, proximity, period, ipc3
),

pairs as (
    select own.moderator_lag, own.proximity, own.period, own.ipc3, other.ipc3 as other_ipc3, count(*) as n_both
    from advantages as own
    inner join advantages as other
        on own.moderator_lag = other.moderator_lag and own.proximity = other.proximity
        and own.stkcd = other.stkcd and own.year = other.year and own.ipc3 <> other.ipc3
    where own.has_advantage and other.has_advantage
    group by own.moderator_lag, own.proximity, own.period, own.ipc3, other.ipc3
),

proximities as (
    select
        pairs.moderator_lag,
        pairs.proximity,
        pairs.period,
        pairs.ipc3,
        {{ stable_sum('pairs.n_both / greatest(mine.n_advantages, theirs.n_advantages)') }} as proximity_sum
    from pairs
    inner join classes as mine using (moderator_lag, proximity, period, ipc3)
    inner join classes as theirs
        on pairs.moderator_lag = theirs.moderator_lag and pairs.proximity = theirs.proximity
        and pairs.period = theirs.period and pairs.other_ipc3 = theirs.ipc3
    group by pairs.moderator_lag, pairs.proximity, pairs.period, pairs.ipc3
),

sizes as (
    select moderator_lag, proximity, period, count(*) as n_classes
    from classes
    group by moderator_lag, proximity, period
)

select
    moderator_lag,
    proximity,
    period,
    ipc3,
    case when n_classes > 1 then coalesce(proximity_sum, 0) / (n_classes - 1) else 0 end as mean_proximity
from classes
inner join sizes using (moderator_lag, proximity, period)
left join proximities using (moderator_lag, proximity, period, ipc3)
