{%- set union_rule = one_of('talent_retention_postarrival', ['union', 'intersection']) == 'union' -%}
{%- set binary_network = one_of('talent_retention_network_coding', ['binary', 'literal']) == 'binary' -%}
{%- set gender_one = one_of('talent_retention_gender_one', ['male', 'female']) -%}
with answers as (
    select coded.*
    from {{ ref('int_sfrc_answers__coded') }} as coded
    inner join {{ ref('int_talent_retention__sample') }} as sample using (respondent_id)
    where sample.drop_reason is null
),

scored as (
    select
        *,
        q_stay::integer as stay_duration_ordinal,
        q_reception::integer as support_network,
        {%- for place in ['china', 'home'] %}
        (q_opportunity = '{{ place }}')::integer + (q_family_ties = '{{ place }}')::integer
        + (q_morals = '{{ place }}')::integer as cog_{{ place }},
        {%- endfor %}
        q_chamber::integer + q_volunteer::integer as part_china,
        q_election::integer + q_homeclub::integer as part_home
    from answers
)

select
    respondent_id,
    survey_year,
    city,
    case when city = '长春' then 'changchun' else 'south' end as city_group,
    (q_mig in ('before', 'after') or stay_duration_ordinal >= 2)::integer as stay_intent_transnational,
    (q_mig = 'after' {{ 'or' if union_rule else 'and' }} stay_duration_ordinal >= 2)::integer as stay_intent_postarrival,
    (q_mig = 'after' and stay_duration_ordinal >= 2)::integer as stay_intent_intersection,
    stay_duration_ordinal,
    age::integer as age,
    (age * age)::integer as age_sq,
    (gender = '{{ gender_one }}')::integer as gender,
    education::integer as education,
    {{ 'q_family::integer' if binary_network else '2 - q_family::integer' }} as cumulative_network,
    (q_chat::integer + q_friend::integer + q_marry::integer) / 3.0::double as interethnic_willingness,
    support_network,
    (support_network = 1)::integer as individual_capital,
    (support_network = 2)::integer as kin_support,
    (support_network = 3)::integer as unit_support,
    cog_china,
    cog_home,
    {{ two_way_softmax('cog_china', 'cog_home') }} as p_cog_china,
    {{ softmax_class('cog_china', 'cog_home') }} as participation_cognition,
    part_china,
    part_home,
    {{ two_way_softmax('part_china', 'part_home') }} as p_part_china,
    {{ softmax_class('part_china', 'part_home') }} as participation_behaviour
from scored
