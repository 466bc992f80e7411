{# Fails where shares within a group do not add to 1 within `tolerance`: rows are missing or counted twice. All-null groups pass. #}
{% test shares_add_to_one(model, column, group_by, tolerance=0.000000001) %}
select {{ group_by | join(', ') }}, sum({{ column }}) as total
from {{ model }}
group by {{ group_by | join(', ') }}
having abs(sum({{ column }}) - 1) > {{ tolerance }}
{% endtest %}
