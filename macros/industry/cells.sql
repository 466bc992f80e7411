{#
  code_cell(expr)     a code cell: outer and inner blanks, apostrophes and a spreadsheet's trailing .0 cut, full width to half width,
                      upper case; empty is null.
  is_legal_code(expr) nine characters of an organisation code (GB 11714): eight digits or letters and a check digit or X.
  is_credit_code(expr) eighteen characters of a unified social credit code (GB 32100): letters I O S V Z do not occur.
  is_amount(expr)     a number that an amount can be: not negative, else null.
#}
{% macro code_cell(expr) -%}
nullif(
    case
        when {{ text_matches(expr ~ '::varchar', '[^0-9A-Z]') }} then
            {{ text_replace(text_replace("translate(upper(" ~ expr ~ "::varchar), '" ~ fullwidth_characters() ~ "', '" ~ halfwidth_characters() ~ "')", "[.]0$", ''), "[^0-9A-Z*.-]", '') }}
        else {{ expr }}::varchar
    end,
    ''
)
{%- endmacro %}

{% macro is_legal_code(expr) -%}
    coalesce({{ text_matches(expr, '^[0-9A-Z]{8}[0-9X]$') }}, false)
{%- endmacro %}

{% macro is_credit_code(expr) -%}
    coalesce({{ text_matches(expr, '^[0-9A-HJ-NPQRTUWXY]{18}$') }}, false)
{%- endmacro %}

{% macro is_amount(expr) -%}
    case when {{ expr }} >= 0 then {{ expr }} end
{%- endmacro %}
