with responses as (
    select * from {{ ref('int_sfrc_responses__screened') }} where drop_reason is null
),

codes as (
    select item, {{ answer_key('answer') }} as answer, code from {{ ref('seed_sfrc_codes') }}
),

coded as (
    select
        responses.respondent_id,
        responses.survey_year,
        code_city.code as city,
        responses.age,
        {%- for column in survey_items() %}
        {{ coded_answer(column) }} as {{ column }},
        {%- endfor %}
        {% for column in survey_items() -%}
        (code_{{ column }}.code is null and responses.{{ column }} is not null)::integer
        {%- if not loop.last %} + {% endif -%}
        {%- endfor %} as unrecognised_answers,
        responses._file,
        responses._row
    from responses
    left join codes as code_city on code_city.item = 'city' and code_city.answer = {{ answer_key('responses.city') }}
    {%- for column, item in survey_items().items() %}
    left join codes as code_{{ column }}
        on code_{{ column }}.item = '{{ item }}' and code_{{ column }}.answer = {{ answer_key('responses.' ~ column) }}
    {%- endfor %}
)

select
    *,
    {% for column in survey_items() -%}
    ({{ column }} is null)::integer{% if not loop.last %} + {% endif -%}
    {%- endfor %} as missing_answers
from coded
