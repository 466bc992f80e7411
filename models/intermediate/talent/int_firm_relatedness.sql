-- Relatedness of a firm's applications of a year (methods.md 1.9, equation 7).
select
    cells.stkcd,
    cells.year,
    {{ stable_sum('class.mean_proximity * cells.applications / cells.firm_total') }} as frelate
from {{ ref('int_class_advantages') }} as cells
inner join {{ ref('int_class_proximities') }} as class on cells.period = class.period and cells.ipc3 = class.ipc3
group by cells.stkcd, cells.year
