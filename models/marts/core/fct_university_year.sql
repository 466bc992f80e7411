{%- set counts = ['joint_inv', 'joint_grant', 'joint_all', 'own_inv', 'joint_inv_key', 'joint_inv_nonkey', 'joint_paper_foreign', 'overseas_app'] %}
with counts as (
    select
        university_id,
        year,
        {%- for name in counts %}
        sum({{ name }})::integer as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('fct_university_field_year') }}
    inner join {{ ref('seed_field_discipline') }} as fields using (field_code)
    where fields.is_stem
    group by university_id, year
)

select
    years.*,
    exposures.exchange_pre,
    exposures.exchange_pre_std,
    exposures.exchange_coop_pre_std,
    exposures.exchange_conf_pre_std,
    exposures.talent_us_pre_std,
    exposures.talent_other_pre_std,
    exposures.high_exchange,
    {%- for name in counts %}
    counts.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('int_university_years') }} as years
left join {{ ref('int_university_exposures') }} as exposures on years.university_id = exposures.university_id
left join counts on years.university_id = counts.university_id and years.year = counts.year
