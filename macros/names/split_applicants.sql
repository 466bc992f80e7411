{#
  split_applicants(relation, id_columns, column)

  A select with one row per (id columns, position): position (1, 2, ... in the order of the raw string, blanks not counted),
  applicant_raw (the part as written, outer blanks cut), applicant_clean (brackets half-width, inner blanks single, trailing
  等 cut), name_key (firm_name_key). id_columns is a list of column names or one name.

  Separators: ; ； | and line breaks always; 、 ， and , only after a word that ends an organisation (公司、) or after a
  personal name (张三、李四) - 中国科学院、水利部成都山地灾害与环境研究所 and "Qualcomm Co., Ltd." are one owner each.
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
    when {{ text_matches(column, '[；、，,|｜\\s　]|;;|^;|;$') }} then
        case
            when {{ text_matches(column, '[、，,|｜\\n\\r\\t]|[;；\\s　][;；\\s　]|^[;；\\s　]|[;；\\s　]$|[;；][\\s　]|[\\s　][;；]') }} then
                nullif({{ text_replace(text_replace(mark_owner_borders(text_replace(column, '[；|｜\\n\\r\\t]+', ';')),
                    '[\\s　]*;[\\s　;]*', ';'), '^[\\s　;]+|[\\s　;]+$', '') }}, '')
            else replace({{ column }}, '；', ';')
        end
    else nullif({{ column }}, '')
end
{%- endmacro %}

{# Ministries that share an institute (水利部、交通运输部、...) are shielded first; names in a row need the pattern twice. #}
{% macro mark_owner_borders(expr) -%}
{%- set shielded = text_replace(expr, '(^|;|、)(中国科学院|[^;、，,]{1,7}(?:部|局|署|委|委员会))、', '\\1\\2\u0001') -%}
{%- set person = '(^|;|、|，|,)(' ~ chinese_surnames() ~ '[一-鿿]{1,2})[、，,]' -%}
{%- set split = text_replace(shielded, owner_endings() ~ '([（(][^）)]*[）)]?)?[ 　]*[、，,][ 　]*([一-鿿A-Z])', '\\1\\2;\\3') -%}
{{ text_replace(text_replace(text_replace(split, person, '\\1\\2;'), person, '\\1\\2;'), '\u0001', '、') }}
{%- endmacro %}

{% macro applicant_clean(expr) -%}
case
    when {{ text_matches(expr, '[（）\\s　]|等$') }} then
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
