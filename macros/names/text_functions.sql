{# The regular-expression functions whose names differ between engines. Patterns are RE2/Java in common: no look-around. #}

{% macro text_matches(expr, pattern) -%}
    {{ adapter.dispatch('text_matches', 'keytech')(expr, pattern) }}
{%- endmacro %}

{% macro default__text_matches(expr, pattern) -%}
    regexp_like({{ expr }}, r'{{ pattern }}')
{%- endmacro %}

{% macro duckdb__text_matches(expr, pattern) -%}
    regexp_matches({{ expr }}, '{{ pattern }}')
{%- endmacro %}

{# Replaces every hit; groups are written \1 and translated where the engine wants $1. #}
{% macro text_replace(expr, pattern, replacement) -%}
    {{ adapter.dispatch('text_replace', 'keytech')(expr, pattern, replacement) }}
{%- endmacro %}

{% macro default__text_replace(expr, pattern, replacement) -%}
    regexp_replace({{ expr }}, r'{{ pattern }}', '{{ replacement | replace("\\", "$") }}')
{%- endmacro %}

{% macro duckdb__text_replace(expr, pattern, replacement) -%}
    regexp_replace({{ expr }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{# The first hit of the whole pattern, or null. #}
{% macro text_extract(expr, pattern) -%}
    {{ adapter.dispatch('text_extract', 'keytech')(expr, pattern) }}
{%- endmacro %}

{% macro default__text_extract(expr, pattern) -%}
    nullif(regexp_extract({{ expr }}, r'{{ pattern }}', 0), '')
{%- endmacro %}

{% macro duckdb__text_extract(expr, pattern) -%}
    nullif(regexp_extract({{ expr }}, '{{ pattern }}'), '')
{%- endmacro %}

{# Cuts the first hit of a pattern (cheaper than a global replacement, and enough where the pattern is anchored). #}
{% macro text_cut(expr, pattern) -%}
    {{ adapter.dispatch('text_cut', 'keytech')(expr, pattern) }}
{%- endmacro %}

{% macro default__text_cut(expr, pattern) -%}
    regexp_replace({{ expr }}, r'{{ pattern }}', '', 1)
{%- endmacro %}

{% macro duckdb__text_cut(expr, pattern) -%}
    regexp_replace({{ expr }}, '{{ pattern }}', '')
{%- endmacro %}

{# Any of the texts inside; a third of the cost of a regular expression on short strings. Both engines know contains. #}
{% macro text_contains_any(expr, texts) -%}
(
    {%- for text in texts -%}
        contains({{ expr }}, {{ "chr(" ~ (text | int) ~ ")" if text is number else "'" ~ text ~ "'" }}){{ ' or ' if not loop.last }}
    {%- endfor -%}
)
{%- endmacro %}

{# Any of what \s matches (numbers are code points), or the ideographic blank. #}
{% macro text_has_blank(expr) -%}
    {{ text_contains_any(expr, [' ', '　', 9, 10, 12, 13]) }}
{%- endmacro %}
