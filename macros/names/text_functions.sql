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

{# Group n of the first hit, '' where there is none. #}
{% macro text_group(expr, pattern, n) -%}
    {{ adapter.dispatch('text_group', 'keytech')(expr, pattern, n) }}
{%- endmacro %}

{% macro default__text_group(expr, pattern, n) -%}
    regexp_extract({{ expr }}, r'{{ pattern }}', {{ n }})
{%- endmacro %}

{% macro duckdb__text_group(expr, pattern, n) -%}
    regexp_extract({{ expr }}, '{{ pattern }}', {{ n }})
{%- endmacro %}

{# All hits of the whole pattern as a list, and the same in one text. #}
{% macro text_extract_all(expr, pattern) -%}
    {{ adapter.dispatch('text_extract_all', 'keytech')(expr, pattern) }}
{%- endmacro %}

{% macro default__text_extract_all(expr, pattern) -%}
    regexp_extract_all({{ expr }}, r'{{ pattern }}', 0)
{%- endmacro %}

{% macro duckdb__text_extract_all(expr, pattern) -%}
    regexp_extract_all({{ expr }}, '{{ pattern }}')
{%- endmacro %}

{% macro text_joined(list) -%}
    {{ adapter.dispatch('text_joined', 'keytech')(list) }}
{%- endmacro %}

{% macro default__text_joined(list) -%}
    array_join({{ list }}, '')
{%- endmacro %}

{% macro duckdb__text_joined(list) -%}
    array_to_string({{ list }}, '')
{%- endmacro %}

{# 1 - edit distance / length, both in bytes of UTF-8 (three are a Chinese character) on either engine. #}
{% macro text_similarity(left, right) -%}
    {{ adapter.dispatch('text_similarity', 'keytech')(left, right) }}
{%- endmacro %}

{% macro default__text_similarity(left, right) -%}
    1 - levenshtein(decode(encode({{ left }}, 'UTF-8'), 'ISO-8859-1'), decode(encode({{ right }}, 'UTF-8'), 'ISO-8859-1'))
        / greatest(octet_length({{ left }}), octet_length({{ right }}))
{%- endmacro %}

{% macro duckdb__text_similarity(left, right) -%}
    1 - levenshtein({{ left }}, {{ right }}) / greatest(strlen({{ left }}), strlen({{ right }}))
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
