-- A row means that a university and field lacks a year or has one twice: two-way estimates would weight cells unevenly.
select university_id, field_code, count(*) as years
from {{ ref('pnl_university_exchange') }}
group by university_id, field_code
having count(*) <> {{ university_years().last - university_years().first + 1 }}
