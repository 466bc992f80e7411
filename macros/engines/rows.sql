{#
  Rows out of lists, spelt for each engine. The first three stand in a select list.
  rows_of(list)                          one row per element
  numbered_rows_of(list, position, value)  the same with its place, counted from 1: two columns of these names
  text_parts(expr, separator)            the parts of a text as a list; separator is one character without meaning in patterns
  whole_numbers(first, last)             the whole numbers from first to last, both counted, as a list
  list_of(values)                        a list of constants written in a macro
#}
{% macro rows_of(list) -%}
    {{ adapter.dispatch('rows_of', 'keytech')(list) }}
{%- endmacro %}

{% macro default__rows_of(list) -%}
    explode({{ list }})
{%- endmacro %}

{% macro duckdb__rows_of(list) -%}
    unnest({{ list }})
{%- endmacro %}

{% macro numbered_rows_of(list, position, value) -%}
    {{ adapter.dispatch('numbered_rows_of', 'keytech')(list, position, value) }}
{%- endmacro %}

{% macro default__numbered_rows_of(list, position, value) -%}
    inline(transform({{ list }}, (element, place) -> named_struct('{{ position }}', place + 1, '{{ value }}', element)))
{%- endmacro %}

{% macro duckdb__numbered_rows_of(list, position, value) -%}
    generate_subscripts({{ list }}, 1) as {{ position }}, unnest({{ list }}) as {{ value }}
{%- endmacro %}

{% macro text_parts(expr, separator) -%}
    {{ adapter.dispatch('text_parts', 'keytech')(expr, separator) }}
{%- endmacro %}

{% macro default__text_parts(expr, separator) -%}
    split({{ expr }}, '[{{ separator }}]')
{%- endmacro %}

{% macro duckdb__text_parts(expr, separator) -%}
    string_split({{ expr }}, '{{ separator }}')
{%- endmacro %}

{% macro whole_numbers(first, last) -%}
    {{ adapter.dispatch('whole_numbers', 'keytech')(first, last) }}
{%- endmacro %}

{% macro default__whole_numbers(first, last) -%}
    sequence({{ first }}, {{ last }})
{%- endmacro %}

{% macro duckdb__whole_numbers(first, last) -%}
    generate_series({{ first }}, {{ last }})::integer[]
{%- endmacro %}

{% macro list_of(values) -%}
    {{ adapter.dispatch('list_of', 'keytech')(values) }}
{%- endmacro %}

{% macro default__list_of(values) -%}
    array({% for value in values %}{{ "'" ~ value ~ "'" if value is string else value }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro duckdb__list_of(values) -%}
    {{ values }}
{%- endmacro %}

{# Texts of a group joined by a separator, in the order of their characters. #}
{% macro joined_texts(expr, separator) -%}
    {{ return(adapter.dispatch('joined_texts')(expr, separator)) }}
{%- endmacro %}

{% macro default__joined_texts(expr, separator) -%}
    array_join(array_sort(collect_list({{ expr }})), '{{ separator }}')
{%- endmacro %}

{% macro duckdb__joined_texts(expr, separator) -%}
    string_agg({{ expr }}, '{{ separator }}' order by {{ expr }})
{%- endmacro %}
