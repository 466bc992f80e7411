{#
  code_cell(expr)      a code cell: blanks, hyphens, apostrophes and a spreadsheet's trailing .0 cut, full width to half width, upper case;
                       empty is null.
  is_legal_code(expr)  nine characters of an organisation code (GB 11714) whose check digit fits: a mistyped code names nobody.
  looks_like_legal_code(expr)  the same without the check digit.
  is_credit_code(expr) eighteen characters of a unified social credit code (GB 32100; I O S V Z do not occur), check digits not looked at.
  is_amount(expr)      a number that an amount can be: not negative, else null.
#}
{% macro code_cell(expr) -%}
nullif(
    case
        when {{ text_matches(expr ~ '::string', '[^0-9A-Z]') }} then
            {{ text_replace(text_replace("translate(upper(" ~ expr ~ "::string), '" ~ fullwidth_characters() ~ "', '" ~ halfwidth_characters() ~ "')", "[.]0$", ''), "[^0-9A-Z.]", '') }}
        else {{ expr }}::string
    end,
    ''
)
{%- endmacro %}

{% macro looks_like_legal_code(expr) -%}
    coalesce({{ text_matches(expr, '^[0-9A-Z]{8}[0-9X]$') }}, false)
{%- endmacro %}

{% macro is_legal_code(expr) -%}
    ({{ looks_like_legal_code(expr) }} and substr({{ expr }}, 9, 1) = {{ legal_check_digit(expr) }})
{%- endmacro %}

{% macro is_credit_code(expr) -%}
    coalesce({{ text_matches(expr, '^[0-9A-HJ-NPQRTUWXY]{18}$') }}, false)
{%- endmacro %}

{# GB 11714: weights 3 7 9 10 5 8 4 2 on the first eight characters (A = 10), 11 minus the remainder by 11; 10 is X and 11 is 0. #}
{% macro legal_check_digit(expr) -%}
    substr('0X987654321', 1 + (
        {%- for weight in [3, 7, 9, 10, 5, 8, 4, 2] %}
        {{ weight }} * (instr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', substr({{ expr }}, {{ loop.index }}, 1)) - 1){{ ' +' if not loop.last }}
        {%- endfor %}
    )::integer % 11, 1)
{%- endmacro %}

{% macro is_amount(expr) -%}
    case when {{ expr }} >= 0 then {{ expr }} end
{%- endmacro %}
