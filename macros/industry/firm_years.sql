{#
  ownership()             the chosen rule (var robot_ownership): by capital, or by registration type.
  ownership_by_capital()  state, foreign (incl. Hong Kong, Macao, Taiwan), private or collective: the largest paid-in capital (legal persons
                          count as private), ties in that order; without any capital, by registration type. Columns of the survey.
  ownership_by_type()     the same four by registration type alone.
  size_age_index(assets, age)  size-age index of Hadlock and Pierce 2010, assets in million yuan, age in years; var robot_sa_caps.
  log_positive(condition, expr)  ln(expr) where the condition holds, else null.
#}
{% macro ownership() -%}
{{ ownership_by_type() if option('robot_ownership') == 'registration_type' else ownership_by_capital() }}
{%- endmacro %}

{% macro ownership_by_type() -%}
case
    when registration_type in ('110', '141', '143', '151') then 'state'
    when substr(registration_type, 1, 1) in ('2', '3') then 'foreign'
    when registration_type in ('120', '130', '142') then 'collective'
    when substr(registration_type, 1, 1) = '1' then 'private'
end
{%- endmacro %}

{% macro ownership_by_capital() -%}
case
    when coalesce(capital_state, 0) + coalesce(capital_foreign, 0) + coalesce(capital_hmt, 0) + coalesce(capital_individual, 0)
        + coalesce(capital_legal, 0) + coalesce(capital_collective, 0) <= 0 then {{ ownership_by_type() }}
    when coalesce(capital_state, 0) >= greatest({{ private_capital() }}, {{ foreign_capital() }}, coalesce(capital_collective, 0)) then 'state'
    when {{ foreign_capital() }} >= greatest({{ private_capital() }}, coalesce(capital_collective, 0)) then 'foreign'
    when {{ private_capital() }} >= coalesce(capital_collective, 0) then 'private'
    else 'collective'
end
{%- endmacro %}

{% macro foreign_capital() -%}
    coalesce(capital_foreign, 0) + coalesce(capital_hmt, 0)
{%- endmacro %}

{% macro private_capital() -%}
    coalesce(capital_individual, 0) + coalesce(capital_legal, 0)
{%- endmacro %}

{% macro log_positive(condition, expr) -%}
    case when {{ condition }} then ln({{ expr }}) end
{%- endmacro %}

{% macro size_age_index(assets, age) -%}
{%- set capped = option('robot_sa_caps') == 'original' -%}
{%- set size = "least(ln(" ~ assets ~ "), ln(4500))" if capped else "ln(" ~ assets ~ ")" -%}
{%- set years = "least(" ~ age ~ ", 37)" if capped else "(" ~ age ~ ")" -%}
case when {{ assets }} > 0 then -0.737 * {{ size }} + 0.043 * pow({{ size }}, 2) - 0.040 * {{ years }} end
{%- endmacro %}
