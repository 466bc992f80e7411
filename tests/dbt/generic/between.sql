{# Fails where a value lies outside [low, high]: a unit or a formula is wrong. Null passes. #}
{% test between(model, column_name, low, high) %}
select *
from {{ model }}
where {{ column_name }} not between {{ low }} and {{ high }}
{% endtest %}
