{%- set counts = ['joint_inv', 'joint_grant', 'joint_all', 'own_inv', 'joint_inv_key', 'joint_inv_nonkey', 'joint_paper_foreign', 'overseas_app'] %}
select
    facts.university_id,
    facts.discipline,
    facts.year,
    (advantaged.discipline is not null)::integer as advantaged,
    {%- for name in counts %}
    sum(facts.{{ name }})::integer as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('fct_university_field_year') }} as facts
left join {{ ref('seed_university_discipline') }} as advantaged
    on facts.university_id = advantaged.university_id and facts.discipline = advantaged.discipline
group by facts.university_id, facts.discipline, facts.year, advantaged.discipline
