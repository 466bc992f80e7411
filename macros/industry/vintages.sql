{#
  cic_vintage(year)  the GB/T 4754 vintage in which the survey of a year is coded: 1994 to 2002, 2002 from 2003, 2011 from 2012.
  hs_revision(year)  the Harmonized System revision in force in China: HS1996 to 2001, then 2002, 2007, 2012.
#}
{% macro cic_vintage(year) -%}
case when {{ year }} <= 2002 then '1994' when {{ year }} <= 2011 then '2002' else '2011' end
{%- endmacro %}

{% macro hs_revision(year) -%}
case when {{ year }} <= 2001 then 'HS1996' when {{ year }} <= 2006 then 'HS2002' when {{ year }} <= 2011 then 'HS2007' else 'HS2012' end
{%- endmacro %}

{# Longest matching prefix of a code: join condition and tie order for a seed with a prefix column. #}
{% macro starts_with_prefix(code, prefix) -%}
    substr({{ code }}, 1, length({{ prefix }})) = {{ prefix }}
{%- endmacro %}
