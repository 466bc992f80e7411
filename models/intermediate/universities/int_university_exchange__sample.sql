-- Candidate cells of the panel: every listed university, technology field and year of the study.
select
    facts.university_id,
    facts.field_code,
    facts.year,
    case
        when facts.university_id not in (select university_id from {{ ref('fct_university_year') }}) then 'university_without_yearbook'
        when not fields.is_stem then 'not_a_stem_field'
    end as drop_reason
from {{ ref('fct_university_field_year') }} as facts
inner join {{ ref('seed_field_discipline') }} as fields on facts.field_code = fields.field_code
