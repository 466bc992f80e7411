-- Candidate cells of the panel: every listed university, technology field and year of the study.
select
    facts.university_id,
    facts.field_code,
    facts.year,
    case
        when universities.university_id is null then 'university_without_yearbook'
        when universities.high_exchange is null then 'no_exchange_before_the_shock'
        when not fields.is_stem then 'not_a_stem_field'
    end as drop_reason
from {{ ref('fct_university_field_year') }} as facts
inner join {{ ref('seed_field_discipline') }} as fields on facts.field_code = fields.field_code
left join {{ ref('fct_university_year') }} as universities
    on facts.university_id = universities.university_id and facts.year = universities.year
