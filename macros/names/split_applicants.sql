{#
  split_applicants(relation, id_columns, column)

  A select with one row per (id columns, position): position (1, 2, ... in the order of the raw string, blanks not counted),
  applicant_raw (the part as written, outer blanks cut), applicant_clean (brackets half-width, inner blanks single, trailing
  等 cut), name_key (firm_name_key). id_columns is a list of column names or one name.

  Separators: ; ； | and line breaks always; 、 ， and , only after a word that ends an organisation
  (公司、 株式会社东芝、 "Inc., ") or between personal names (张三、李四, 约翰·史密斯、玛丽·琼斯) -
  中国科学院、水利部成都山地灾害与环境研究所 and "Qualcomm Co., Ltd." are one owner each. A blank, &, 和, / and "and" never
  separate: one string cannot tell 清华大学 深圳研究生院 from two owners.
  The same owner twice in one string gives two rows.
#}
{% macro split_applicants(relation, id_columns, column) -%}
{%- set ids = [id_columns] if id_columns is string else id_columns -%}
select
    {{ ids | join(', ') }},
    position,
    applicant_raw,
    {{ applicant_clean('applicant_raw') }} as applicant_clean,
    {{ firm_name_key('applicant_raw') }} as name_key
from (
    {{ split_text(relation, ids, owner_list(column)) }}
) as parts
{%- endmacro %}

{# The raw string with one ; between owners, none outside and no blanks around; null where it names nobody. The guards let a
   plain list pass, and one that only writes ；. #}
{% macro owner_list(column) -%}
case
    when {{ text_contains_any(column, ['；', '、', '，', ',', '|', '｜', ';;']) }} or {{ text_has_blank(column) }}
        or {{ column }} like ';%' or {{ column }} like '%;' then
        case
            when {{ text_matches(column, '[、，,|｜\\n\\r\\t]|[;；\\s　][;；\\s　]|^[;；\\s　]|[;；\\s　]$|[;；][\\s　]|[\\s　][;；]') }} then
                nullif({{ text_replace(text_replace(mark_owner_borders(text_replace(column, '[；|｜\\n\\r\\t]+', ';')),
                    '[\\s　、，,]*;[\\s　、，,;]*', ';'), '^[\\s　、，,;]+|[\\s　、，,;]+$', '') }}, '')
            else replace({{ column }}, '；', ';')
        end
    else nullif({{ column }}, '')
end
{%- endmacro %}

{# Signs that stand inside one name are shielded by marks, borders become ;, and the marks turn back. Where two borders share the
   name between them a pattern has to run twice. #}
{% macro mark_owner_borders(expr) -%}
{%- set person = '(^|;|、|，|,)(' ~ chinese_surnames() ~ '[一-鿿]{1,2})[、，,]' -%}
{%- set dotted_person = '(·[一-鿿]{1,8}) *[、，,] *([一-鿿A-Z][一-鿿A-Z.]{0,7}·)' -%}
{%- set form_in_front = '(^|;|、|，|,)([ 　]*株式会社[^;、，,]{1,15})[、，,]' -%}
{%- set ns = namespace(text=shield_inner_signs(expr)) -%}
{%- set ns.text = text_replace(ns.text, owner_endings() ~ '([（(][^）)]*[）)]?)?[ 　]*[、，,][ 　]*([一-鿿A-Z0-9])', '\\1\\2;\\3') -%}
{%- set ns.text = text_replace(ns.text, '(?i)([ .](?:' ~ latin_forms() ~ ')[.]?) *[、，,] *([A-Z一-鿿])', '\\1;\\2') -%}
{%- for pattern, kept in [(person, '\\1\\2;'), (form_in_front, '\\1\\2;'), (dotted_person, '\\1;\\2')] -%}
    {%- set ns.text = text_replace(text_replace(ns.text, pattern, kept), pattern, kept) -%}
{%- endfor -%}
translate({{ ns.text }}, '{{ '\ufdd1\ufdd2\ufdd3' }}', '、，,')
{%- endmacro %}

{# Ministries that share an institute (水利部、交通运输部、...), lists within brackets, and a legal form after a comma (Co., Ltd.,
   惠普发展公司，有限责任合伙企业) belong to one name. #}
{% macro shield_inner_signs(expr) -%}
{%- set ns = namespace(text=text_replace(expr, '(^|;|、)(中国科学院|[^;、，,]{1,7}(?:部|局|署|委|委员会))、', '\\1\\2\ufdd1')) -%}
{%- for sign, mark in [('、', '\ufdd1'), ('，', '\ufdd2'), (',', '\ufdd3')] -%}
    {%- set inside_brackets = '([（(][^（）()]*)' ~ sign ~ '([^（）()]*[）)])' -%}
    {%- set ns.text = text_replace(text_replace(ns.text, inside_brackets, '\\1' ~ mark ~ '\\2'), inside_brackets, '\\1' ~ mark ~ '\\2') -%}
    {%- if sign in ('，', ',') -%}
        {%- set ns.text = text_replace(ns.text, '(?i)' ~ sign ~ '( *(?:(?:' ~ latin_forms() ~ ')(?:[ .,，;)]|$)|有限责任|有限合伙|股份有限|有限公司|合伙企业|两合公司))', mark ~ '\\1') -%}
    {%- endif -%}
{%- endfor -%}
{{ ns.text }}
{%- endmacro %}

{% macro latin_forms() -%}
    CO|LTD|LIMITED|INC|INCORPORATED|LLC|L[.]L[.]C|LLP|LP|L[.]P|CORP|CORPORATION|COMPANY|PLC|GMBH|AG|KG|KGAA|SE|SA|S[.]A|SPA|S[.]P[.]A|SRL|S[.]R[.]L|SAS|SARL|NV|N[.]V|BV|B[.]V|AB|OY|OYJ|PTE|PTY|BHD|KK|K[.]K
{%- endmacro %}

{% macro applicant_clean(expr) -%}
case
    when {{ text_contains_any(expr, ['（', '）']) }} or {{ text_has_blank(expr) }} or {{ expr }} like '%等' then
        {{ text_replace(text_replace("translate(" ~ expr ~ ", '（）　', '() ')", '\\s+', ' '), owner_endings() ~ ' ?等$', '\\1') }}
    else {{ expr }}
end
{%- endmacro %}

{% macro split_text(relation, ids, expr) -%}
    {{ adapter.dispatch('split_text', 'keytech')(relation, ids, expr) }}
{%- endmacro %}

{% macro default__split_text(relation, ids, expr) -%}
    select {{ ids | join(', ') }}, position + 1 as position, applicant_raw
    from (select {{ ids | join(', ') }}, {{ expr }} as owners from {{ relation }}) as lists
    lateral view posexplode(split(owners, ';')) as position, applicant_raw
{%- endmacro %}

{% macro duckdb__split_text(relation, ids, expr) -%}
    select
        {{ ids | join(', ') }},
        generate_subscripts(owners, 1) as position,
        unnest(owners) as applicant_raw
    from (select {{ ids | join(', ') }}, string_split({{ expr }}, ';') as owners from {{ relation }}) as lists
{%- endmacro %}
