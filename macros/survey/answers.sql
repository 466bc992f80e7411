{#
  answer_key(expr)      an answer without differences of writing: width, case, traditional characters, blanks and punctuation.
                        Join key between answers as delivered and seed_sfrc_codes.
  coded_answer(column)  the code of a joined answer (see int_sfrc_answers__coded); 'missing' (no answer, do not know) gives null.
#}
{% macro answer_key(expr) -%}
    nullif({{ text_replace(
        "translate(upper(" ~ to_simplified(expr) ~ "), '" ~ fullwidth_characters() ~ "', '" ~ halfwidth_characters() ~ "')",
        '[\\p{P}\\p{S}\\p{Z}\\p{C}]', '') }}, '')
{%- endmacro %}

{% macro coded_answer(column) -%}
    nullif(code_{{ column }}.code, 'missing')
{%- endmacro %}

{# Column of the questionnaire -> item of seed_sfrc_codes whose answers it takes. #}
{% macro survey_items() -%}
{{ return({
    'gender': 'gender', 'education': 'education', 'talent_class': 'talent_class', 'q_mig': 'q_mig', 'q_stay': 'q_stay',
    'q_family': 'q_family', 'q_chat': 'willingness', 'q_friend': 'willingness', 'q_marry': 'willingness',
    'q_reception': 'q_reception', 'q_opportunity': 'comparison', 'q_family_ties': 'comparison', 'q_morals': 'comparison',
    'q_chamber': 'participation', 'q_volunteer': 'participation', 'q_election': 'participation', 'q_homeclub': 'participation',
}) }}
{%- endmacro %}

{#
  two_way_softmax(china, home)   probability of "China" when two scores go through softmax; the larger score is taken off first,
                                 so that no exponent overflows.
  softmax_class(china, home)     1 where China has the higher probability, 0 where home has it; a tie follows the var
                                 talent_retention_tie (A-002-4): zero (default), one or null.
#}
{% macro two_way_softmax(china, home) -%}
    exp({{ china }} - greatest({{ china }}, {{ home }}))
    / (exp({{ china }} - greatest({{ china }}, {{ home }})) + exp({{ home }} - greatest({{ china }}, {{ home }})))
{%- endmacro %}

{% macro softmax_class(china, home) -%}
{%- set tie = one_of('talent_retention_tie', ['zero', 'one', 'null']) -%}
    case when {{ china }} > {{ home }} then 1 when {{ china }} < {{ home }} then 0 else {{ {'zero': '0', 'one': '1', 'null': 'null'}[tie] }} end
{%- endmacro %}

{# The var `name`, whose first allowed value is the default; anything else stops the build and lists what is allowed. #}
{% macro one_of(name, allowed) -%}
{%- set value = var(name, allowed[0]) -%}
{%- if value not in allowed -%}
    {{ exceptions.raise_compiler_error("var " ~ name ~ " is '" ~ value ~ "': one of " ~ allowed | join(', ')) }}
{%- endif -%}
{{ return(value) }}
{%- endmacro %}
