{#
  HS codes as delivered: dots, blanks, full-width digits, 6, 8 or 10 digits, a leading zero lost in a spreadsheet.
  hs8(expr): eight digits. A 10-digit code is cut; a 6-digit code gets 00 (it names no Chinese 8-digit line, hs_digits says so);
             5, 7 and 9 digits get their zero back. Anything else gives null: count it.
  hs6(expr): the first six digits. hs_digits(expr): 6, 8 or 10, the form delivered.
#}
{% macro hs8(expr) -%}
case {{ hs_digits(expr) }}
    when 10 then substr(lpad({{ hs_plain(expr) }}, 10, '0'), 1, 8)
    when 8 then lpad({{ hs_plain(expr) }}, 8, '0')
    when 6 then lpad({{ hs_plain(expr) }}, 6, '0') || '00'
end
{%- endmacro %}

{% macro hs6(expr) -%}
    substr({{ hs8(expr) }}, 1, 6)
{%- endmacro %}

{% macro hs_digits(expr) -%}
    case length({{ hs_plain(expr) }}) when 5 then 6 when 6 then 6 when 7 then 8 when 8 then 8 when 9 then 10 when 10 then 10 end
{%- endmacro %}

{# Digits only; null where a letter or another sign is among them. #}
{% macro hs_plain(expr) -%}
case
    when {{ text_matches(expr, '^[0-9]{5,10}$') }} then {{ expr }}
    when {{ text_matches(expr, '^[0-9０-９.．\\s　－-]+$') }} then
        {{ text_replace("translate(" ~ expr ~ ", '０１２３４５６７８９', '0123456789')", '[.]0$|[^0-9]', '') }}
end
{%- endmacro %}
