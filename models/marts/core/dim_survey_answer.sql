-- Codebook of talent_retention (methods.md 3.2-3.3): questions as the source contract words them, answers as seed_sfrc_codes reads them.
{% set uses = {
    'gender': 'gender', 'education': 'education', 'talent_class': 'sample', 'q_family': 'cumulative_network',
    'q_mig': 'stay_intent_transnational, stay_intent_postarrival',
    'q_stay': 'stay_intent_transnational, stay_intent_postarrival, stay_duration_ordinal',
    'q_chat': 'interethnic_willingness', 'q_friend': 'interethnic_willingness', 'q_marry': 'interethnic_willingness',
    'q_reception': 'support_network, individual_capital, kin_support, unit_support',
    'q_opportunity': 'participation_cognition', 'q_family_ties': 'participation_cognition', 'q_morals': 'participation_cognition',
    'q_chamber': 'participation_behaviour', 'q_volunteer': 'participation_behaviour',
    'q_election': 'participation_behaviour', 'q_homeclub': 'participation_behaviour',
} %}
{% set asked = graph.sources.values() | selectattr('source_name', 'equalto', 'sfrc') | map(attribute='columns') | first if execute else {} %}

with questions as (
    {%- for column, item in survey_items().items() %}
    select
        {{ loop.index }} as position,
        '{{ column }}' as question,
        '{{ asked[column].config.meta.label_zh if execute }}' as question_zh,
        '{{ asked[column].description if execute }}' as question_en,
        '{{ item }}' as item,
        '{{ uses[column] }}' as panel_columns
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    questions.position::integer as position,
    questions.question,
    questions.question_zh,
    questions.question_en,
    questions.panel_columns,
    codes.code,
    codes.label_en as answer_en,
    {{ joined_texts('codes.answer', '；') }} as answers_zh
from questions
inner join {{ ref('seed_sfrc_codes') }} as codes on questions.item = codes.item
group by
    questions.position, questions.question, questions.question_zh, questions.question_en, questions.panel_columns, codes.code, codes.label_en
order by position, code, answer_en
