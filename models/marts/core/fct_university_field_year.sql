-- A year that a source does not cover is null, never zero.
{%- set years = university_years() %}
{%- set patent_counts = {
    'joint_inv': 'is_invention and is_joint',
    'joint_grant': 'is_invention and is_joint and is_granted',
    'joint_all': "is_joint and patent_type in ('发明', '实用新型')",
    'own_inv': 'is_invention',
    'joint_inv_key': 'is_invention and is_joint and is_key',
    'joint_inv_nonkey': 'is_invention and is_joint and not is_key',
} %}
with grid as (
    select universities.university_id, fields.field_code, fields.discipline, years.year::integer as year
    from {{ ref('seed_moe_universities') }} as universities
    cross join {{ ref('seed_field_discipline') }} as fields
    cross join (select {{ rows_of(whole_numbers(years.first, years.last)) }} as year) as years
),

patents as (
    select
        university_id, field_code, year,
        {%- for name, condition in patent_counts.items() %}
        count(*) filter (where {{ condition }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_university_applications') }}
    group by university_id, field_code, year
),

papers as (
    select university_id, field_code, year, sum(papers)::integer as joint_paper_foreign
    from {{ ref('int_university_papers__screened') }}
    where drop_reason is null
    group by university_id, field_code, year
),

overseas as (
    select university_id, field_code, year, sum(applications)::integer as overseas_app
    from {{ ref('int_university_overseas__screened') }}
    where drop_reason is null
    group by university_id, field_code, year
)

select
    grid.university_id,
    grid.field_code,
    grid.discipline,
    grid.year,
    {%- for name in patent_counts %}
    case when grid.year in (select year from {{ ref('fct_patent') }}) then coalesce(patents.{{ name }}, 0) end::integer as {{ name }},
    {%- endfor %}
    case when grid.year in (select year from papers) then coalesce(papers.joint_paper_foreign, 0) end as joint_paper_foreign,
    case when grid.year in (select year from overseas) then coalesce(overseas.overseas_app, 0) end as overseas_app
from grid
{%- for part in ['patents', 'papers', 'overseas'] %}
left join {{ part }}
    on grid.university_id = {{ part }}.university_id and grid.field_code = {{ part }}.field_code and grid.year = {{ part }}.year
{%- endfor %}
