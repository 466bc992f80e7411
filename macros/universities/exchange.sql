{#
  with_university(relation)        the relation with university_id of its column university (null: not in the list of the study).
  technology_field_code(expr)      "08" from "8", "08", "F08" or full-width digits; null where there is no number.
  is_enterprise_name(expr)         methods.md 2.2: 公司, 厂 or 集团 in the name, and none of 大学, 学院, 研究院, 研究所.
#}
{% macro with_university(relation) -%}
(
        select written.*, names.university_id
        from {{ relation }} as written
        left join {{ ref('int_university_names') }} as names on {{ firm_name_key('written.university') }} = names.name_key
    ) as named
{%- endmacro %}

{% macro technology_field_code(expr) -%}
    lpad({{ text_extract("translate(" ~ expr ~ ", '０１２３４５６７８９', '0123456789')", '[0-9]+') }}, 2, '0')
{%- endmacro %}

{% macro is_enterprise_name(expr) -%}
{%- set plain = text_replace(to_simplified(expr), '[\\s　]', '') -%}
    ({{ text_matches(plain, '公司|厂|集团') }} and not {{ text_matches(plain, '大学|学院|研究院|研究所') }})
{%- endmacro %}

{# The years 2011-2022 and the pre-period window of the exchange, as vars. #}
{% macro university_years() -%}
    {{ return({
        'first': var('university_exchange_first_year', 2011), 'last': var('university_exchange_last_year', 2022),
        'post': var('university_exchange_post_year', 2018),
        'pre_first': var('university_exchange_pre_first', 2013), 'pre_last': var('university_exchange_pre_last', 2017),
    }) }}
{%- endmacro %}

{# Weighted sum of exchange components; weights by component in the var university_exchange_weights, 1 where none is given. #}
{% macro weighted_exchange(components) -%}
    {%- set weights = var('university_exchange_weights', {}) -%}
    {% for c in components %}{{ weights.get(c, 1) }} * exch_{{ c }}{% if not loop.last %} + {% endif %}{% endfor %}
{%- endmacro %}

{# Mean that is added up in a fixed order, so that its last digit does not depend on the number of threads. #}
{% macro ordered_mean(expr, order_column) -%}
    {{ ordered_sum(expr, order_column) }} / count({{ expr }})
{%- endmacro %}
