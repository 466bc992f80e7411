{%- set logged = [
    'joint_inv', 'joint_grant', 'joint_all', 'joint_inv_key', 'joint_inv_nonkey', 'joint_paper_foreign', 'overseas_app',
    'overseas_talent', 'overseas_talent_us', 'overseas_talent_other',
] %}
with cells as (
    select
        universities.* exclude (joint_inv, joint_grant, joint_all, own_inv, joint_inv_key, joint_inv_nonkey, joint_paper_foreign, overseas_app),
        facts.* exclude (university_id, year),
        fields.exposed::integer as exposed,
        (advantaged.discipline is not null)::integer as advantaged,
        (universities.year >= {{ university_years().post }})::integer as post
    from {{ ref('int_university_exchange__sample') }} as sample
    inner join {{ ref('fct_university_field_year') }} as facts
        on sample.university_id = facts.university_id and sample.field_code = facts.field_code and sample.year = facts.year
    inner join {{ ref('fct_university_year') }} as universities
        on sample.university_id = universities.university_id and sample.year = universities.year
    inner join {{ ref('seed_field_discipline') }} as fields on facts.field_code = fields.field_code
    left join {{ ref('seed_university_discipline') }} as advantaged
        on facts.university_id = advantaged.university_id and facts.discipline = advantaged.discipline
    where sample.drop_reason is null
)

select
    university_id,
    university,
    province_code,
    field_code,
    discipline,
    year,
    university_id || '-' || field_code as cell_id,
    high_exchange,
    case when high_exchange = 1 then {{ university_years().post }} end::integer as exchange_cohort,
    post,
    exposed,
    advantaged,
    {%- for name in ['joint_inv', 'joint_grant', 'joint_all', 'own_inv', 'joint_inv_key', 'joint_inv_nonkey',
        'joint_paper_foreign', 'overseas_app', 'overseas_talent', 'overseas_talent_us', 'overseas_talent_other'] %}
    {{ name }},
    {%- endfor %}
    {%- for name in logged %}
    ln(1 + {{ name }}) as ln_{{ name }},
    {%- endfor %}
    joint_inv / nullif(own_inv, 0)::double as joint_share,
    exch_coop_sent,
    exch_coop_received,
    exch_conf_attend,
    exch_conf_paper,
    exch_conf_invited,
    exch_conf_hosted,
    exchange,
    exchange_coop,
    exchange_conf,
    exchange_pre,
    exchange_pre_std,
    exchange_coop_pre_std,
    exchange_conf_pre_std,
    talent_us_pre_std,
    talent_other_pre_std,
    ln_rd_staff,
    ln_rd_spending,
    ln_funds_government,
    ln_funds_enterprise,
    senior_share,
    ln_gdp_pc,
    rd_intensity
from cells
