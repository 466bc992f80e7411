{# Sum of doubles added up in the order of a key, so that its last digit does not depend on how many threads there are. Null where nothing is added. #}
{% macro ordered_sum(expr, key) -%}
    {{ adapter.dispatch('ordered_sum', 'keytech')(expr, key) }}
{%- endmacro %}

{% macro default__ordered_sum(expr, key) -%}
    aggregate(
        array_sort(collect_list(case when {{ expr }} is not null then named_struct('place', {{ key }}, 'addend', cast({{ expr }} as double)) end)),
        cast(null as double), (total, element) -> coalesce(total, 0) + element.addend
    )
{%- endmacro %}

{% macro duckdb__ordered_sum(expr, key) -%}
    sum({{ expr }} order by {{ key }})
{%- endmacro %}
