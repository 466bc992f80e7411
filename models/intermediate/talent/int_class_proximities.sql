-- Mean proximity of an IPC class to all other classes of its period (methods.md 1.9, equations 5, 6, 8; diagonal left out).
with classes as (
    select period, ipc3, count(*) filter (where has_advantage) as n_advantages
    from {{ ref('int_class_advantages') }}
    group by period, ipc3
),

sizes as (
    select period, count(*) as n_classes
    from classes
    group by period
),

pairs as (
    select own.period, own.ipc3, other.ipc3 as other_ipc3, count(*) as n_both
    from {{ ref('int_class_advantages') }} as own
    inner join {{ ref('int_class_advantages') }} as other
        on own.stkcd = other.stkcd and own.year = other.year and own.ipc3 <> other.ipc3
    where own.has_advantage and other.has_advantage
    group by own.period, own.ipc3, other.ipc3
),

proximities as (
    select
        pairs.period,
        pairs.ipc3,
        {{ stable_sum('pairs.n_both / greatest(mine.n_advantages, theirs.n_advantages)') }} as proximity_sum
    from pairs
    inner join classes as mine on pairs.period = mine.period and pairs.ipc3 = mine.ipc3
    inner join classes as theirs on pairs.period = theirs.period and pairs.other_ipc3 = theirs.ipc3
    group by pairs.period, pairs.ipc3
)

select
    classes.period,
    classes.ipc3,
    case when sizes.n_classes > 1 then coalesce(proximities.proximity_sum, 0) / (sizes.n_classes - 1) else 0 end as mean_proximity
from classes
inner join sizes on classes.period = sizes.period
left join proximities on classes.period = proximities.period and classes.ipc3 = proximities.ipc3
