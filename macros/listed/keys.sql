{#
  Keys of the listed-firm half.
  stock_code(expr)   six digits from "600000", "600000.SH", "SZ000001" or a spreadsheet's 1; null where the digits are none or more than six.
  is_a_share(expr)   A shares by code: main boards, SME board, ChiNext, STAR market (B shares are 200, 900).
  province_key(expr) the first two characters, which tell all 31 provinces apart: join key to seed_province.
  city_key(expr)     a city name without blanks: join key to int_city_names.
#}
{% macro stock_code(expr) -%}
case
    when {{ text_matches(expr, '^[0-9]{6}$') }} then {{ expr }}
    when length({{ text_replace(expr, '[^0-9]', '') }}) between 1 and 6 then lpad({{ text_replace(expr, '[^0-9]', '') }}, 6, '0')
end
{%- endmacro %}

{% macro is_a_share(expr) -%}
    {{ text_matches(expr, '^(00|30|60|68)') }}
{%- endmacro %}

{% macro province_key(expr) -%}
    substr({{ city_key(expr) }}, 1, 2)
{%- endmacro %}

{% macro city_key(expr) -%}
    {{ text_replace(expr, '[\\s　]', '') }}
{%- endmacro %}

{# Text cells: outer blanks cut, empty is null. #}
{% macro cell(expr) -%}
    nullif(trim({{ expr }}), '')
{%- endmacro %}

{# Application number without CN or ZL, point and blanks, as delivered otherwise: 8 or 12 digits and a check digit. Anything else: null. #}
{% macro application_number(expr) -%}
{%- set plain = text_replace("translate(upper(" ~ expr ~ "), '" ~ fullwidth_characters() ~ "．', '" ~ halfwidth_characters() ~ ".')", '^(CN|ZL)|[\\s　.]', '') -%}
case
    when {{ text_matches(expr, '^CN[0-9]{12}[.][0-9X]$') }} then substr({{ expr }}, 3, 12) || substr({{ expr }}, 16, 1)
    when {{ text_matches(plain, '^[0-9]{8}([0-9]{4})?[0-9X]?$') }} then {{ plain }}
end
{%- endmacro %}

{# The level numbers of ipc_rules in words. #}
{% macro ipc_level_name(expr) -%}
    case {{ expr }} when 1 then 'section' when 3 then 'class' when 4 then 'subclass' when 5 then 'main group' when 6 then 'subgroups' when 7 then 'subgroup' end
{%- endmacro %}
