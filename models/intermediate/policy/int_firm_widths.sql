-- Width of a firm's key technology in a year (methods.md 5.12, X2; construction A-004-11). Key is the official table (is_sei).
with subfields as (
    select firm.stkcd, firm.year, field.subfield_code, count(*) as applications
    from {{ ref('int_firm_patents') }} as firm
    inner join {{ ref('int_patent_subfields') }} as field on firm.application_no = field.application_no
    group by firm.stkcd, firm.year, field.subfield_code
),

spread as (
    select
        stkcd,
        year,
        count(*) as width1,
        sum(applications * applications) / (sum(applications) * sum(applications)) as concentration
    from subfields
    group by stkcd, year
),

first_years as (
    select
        stkcd,
        ipc4,
        min(year) as first_year,
        min(year) filter (where is_sei) as first_key_year
    from {{ ref('int_firm_patents') }}
    where ipc4 is not null
    group by stkcd, ipc4
),

outside_pool as (
    select firm.stkcd, firm.year, count(*) as applications
    from {{ ref('int_firm_patents') }} as firm
    inner join first_years on firm.stkcd = first_years.stkcd and firm.ipc4 = first_years.ipc4
    where firm.is_sei and firm.year = first_years.first_year
    group by firm.stkcd, firm.year
),

new_classes as (
    select stkcd, first_key_year + step as year, count(*) as width2
    from (
        select stkcd, first_key_year, {{ rows_of(whole_numbers(0, 2)) }} as step
        from first_years
        where first_key_year is not null
    ) as entries
    group by stkcd, first_key_year + step
),

spine as (
    select stkcd, year from spread
    union
    select stkcd, year from outside_pool
    union
    select stkcd, year from new_classes
)

select
    spine.stkcd,
    spine.year::integer as year,
    coalesce(spread.width1, 0)::integer as width1,
    coalesce(new_classes.width2, 0)::integer as width2,
    {{ '1 - ' if option('width3') == 'dispersion' }}spread.concentration as width3,
    coalesce(outside_pool.applications, 0)::integer as new_key_applications
from spine
left join spread on spine.stkcd = spread.stkcd and spine.year = spread.year
left join new_classes on spine.stkcd = new_classes.stkcd and spine.year = new_classes.year
left join outside_pool on spine.stkcd = outside_pool.stkcd and spine.year = outside_pool.year
