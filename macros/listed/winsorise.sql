{#
  Two-sided winsorising (methods.md 0.2): values below the p-th and above the (1-p)-th percentile of a model's rows are replaced by the
  percentile (linear interpolation). winsor_bounds selects one row of bounds, {column}_lo and {column}_hi, or one per value of `by`; winsorised cuts a column at them.
#}
{% macro winsor_bounds(relation, columns, p, by=none) -%}
select
    {% if by %}{{ by }},{% endif %}
    {%- for column in columns %}
    quantile_cont({{ column }}, {{ p }}) as {{ column }}_lo,
    quantile_cont({{ column }}, {{ 1 - p }}) as {{ column }}_hi,
    {%- endfor %}
from {{ relation }}
{% if by %}group by {{ by }}{% endif %}
{%- endmacro %}

{% macro winsorised(column) -%}
    case when {{ column }} is not null then least(greatest({{ column }}, {{ column }}_lo), {{ column }}_hi) end
{%- endmacro %}

{# A sum of doubles whose last digit does not depend on the number of threads: added as decimals. #}
{% macro stable_sum(expr, places=12) -%}
    sum(({{ expr }})::decimal(38, {{ places }}))::double
{%- endmacro %}
