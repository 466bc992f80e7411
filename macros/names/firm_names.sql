{#
  Firm names as keys. Each macro is one SQL expression of one text column.

  firm_name_text(expr)   the name without differences of writing: width, case, traditional characters, blanks (U+3000 too),
                         brackets and punctuation (what stands inside stays, but for a former name told there), a trailing 等.
                         Keeps the legal form.
                         "腾讯科技（深圳）有限公司 等" -> 腾讯科技深圳有限公司
  firm_name_key(expr)    firm_name_text without the legal form at its end, so that the 有限公司, 有限责任公司, 股份有限公司,
                         集团公司 and （集团） variants of one firm agree. The join key of the models; null for a blank.
                         "包头钢铁（集团）有限责任公司" -> 包头钢铁

  What is cut, and why: offices write the legal form differently and it changes when a firm goes public; 集团 is cut only
  right before the legal form. What tells firms apart stays: place, brand, trade, 控股, 分公司, ordinals, a bracketed place.
  A parent and its listed subsidiary can share a key (X集团有限公司, X股份有限公司): compare firm_name_text first, and treat a
  key that belongs to two firms as ambiguous (bridge_firm_names does both).

  Cost: a plain name (CJK only, no traditional character) passes the guard untouched, one whose only signs are brackets loses
  them without a regular expression; the legal form is one pattern tied to the end, which RE2 reads backwards
  (benchmarks/bench_text.py).
#}

{% macro firm_name_text(expr) -%}
    {%- set bracketless = "replace(replace(replace(replace(" ~ expr ~ ", '(', ''), ')', ''), '（', ''), '）', '')" -%}
    nullif(
        case
            when {{ name_is_written_oddly(expr) }} then
                case
                    when {{ name_is_written_oddly(bracketless) }} or {{ name_has_note(expr) }} then
                        {{ text_replace(text_replace(
                            "upper(" ~ to_plain_characters(name_without_note(expr)) ~ ")",
                            '[\\p{P}\\p{S}\\p{Z}\\p{C}]', ''),
                            owner_endings() ~ '等$', '\\1') }}
                    else {{ bracketless }}
                end
            else {{ expr }}
        end,
        ''
    )
{%- endmacro %}

{# A former name told in brackets: 甲公司（原乙公司）, 甲公司(曾用名:乙公司). (原平) is a place and no note. #}
{% macro note_pattern() -%}
    [（(] *(?:曾用名?|原名称?|原称|前身|更名前|已更名|原(?:[^平阳州）)][^）)]*|[平阳州][^）)]+)(?:公司|集团|厂|院|所|大学|学校|中心|社))[^）)]*[）)]?
{%- endmacro %}

{% macro name_has_note(expr) -%}
    ({{ text_contains_any(expr, ['原', '曾用', '前身', '更名']) }} and {{ text_matches(expr, note_pattern()) }})
{%- endmacro %}

{% macro name_without_note(expr) -%}
    case when {{ name_has_note(expr) }} then {{ text_cut(expr, note_pattern()) }} else {{ expr }} end
{%- endmacro %}

{# The name in the note, or null. #}
{% macro name_in_note(expr) -%}
    case when {{ name_has_note(expr) }} then
        nullif({{ text_replace(text_extract(expr, note_pattern()), '^[（(] *(?:曾用名?|原名称?|原称|前身(?:为|是)?|更名前|已更名|原)[为：: ]*|[）)]$', '') }}, '')
    end
{%- endmacro %}

{# Holds something that firm_name_text rewrites. #}
{% macro name_is_written_oddly(expr) -%}
    {{ text_matches(expr, '[^一-鿿]|等$|[' ~ traditional_characters() ~ ']') }}
{%- endmacro %}

{% macro firm_name_key(expr) -%}
    nullif({{ text_cut(firm_name_text(expr), legal_form_endings()) }}, '')
{%- endmacro %}

{# Legal forms at the end of a normalised name; 分公司 and 子公司 name another unit and stay. The $ stands once, outside. #}
{% macro legal_form_endings() -%}
    (?:(?:集团)?(?:股份)?(?:有限责任|责任有限|有限)公司(?:集团)?|集团公司|股份公司|总公司)$
{%- endmacro %}

{# What the name of an organisation ends with; used where a character means something else inside a name. #}
{% macro owner_endings() -%}
    (公司|集团|大学|学院|学校|研究院|研究所|研究总院|设计院|研究中心|中心|医院|总厂|厂|合作社|事务所|研究会|株式会社)
{%- endmacro %}

{# Traditional to simplified and full to half width. translate() is dear where its list is long (DuckDB builds the table for
   every row), so a name without rare characters goes through the short list. #}
{% macro to_plain_characters(expr) -%}
    case when {{ text_matches(expr, '[０-９Ａ-Ｚａ-ｚ○' ~ traditional_characters() ~ ']') }} then
        case when {{ text_matches(expr, '[' ~ rare_traditional_characters() ~ ']') }}
            then translate({{ expr }}, '{{ fullwidth_characters() ~ traditional_characters() }}', '{{ halfwidth_characters() ~ simplified_characters() }}')
            else translate({{ expr }}, '{{ fullwidth_characters() ~ common_traditional_characters() }}', '{{ halfwidth_characters() ~ common_simplified_characters() }}') end
        else {{ expr }} end
{%- endmacro %}

{# The older name of the same expression. #}
{% macro to_simplified(expr) -%}
    {{ to_plain_characters(expr) }}
{%- endmacro %}

{% macro fullwidth_characters() -%}
    ０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ○
{%- endmacro %}

{% macro halfwidth_characters() -%}
    0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ〇
{%- endmacro %}
