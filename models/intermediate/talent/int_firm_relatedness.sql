-- Relatedness of a firm's applications of a year (methods.md 1.9, equation 7), in the readings of A-000-2b and A-000-8.
select
    cells.moderator_lag,
    class.proximity,
    cells.stkcd,
    cells.year,
    {{ stable_sum('class.mean_proximity * cells.applications / cells.firm_total') }} as frelate
from {{ ref('int_class_advantages') }} as cells
inner join {{ ref('int_class_proximities') }} as class
    on cells.moderator_lag = class.moderator_lag and cells.ipc3 = class.ipc3 and class.period in (0, cells.year)
group by cells.moderator_lag, class.proximity, cells.stkcd, cells.year
