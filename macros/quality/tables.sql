{# The panels that estimates read; the test dq_drift_covers_every_panel says when one is missing. #}
{% macro panel_tables() -%}
{{ return([
    'pnl_pilot_city', 'pnl_pilot_spillover', 'pnl_pilot_spillover_2022', 'pnl_robot_city', 'pnl_robot_shares',
    'pnl_robot_shocks', 'pnl_robot_survey', 'pnl_robot_upstream',
    'pnl_robot_winsorised', 'pnl_talent_keytech', 'pnl_talent_keytech_readings', 'pnl_talent_origin_shares',
    'pnl_talent_origin_shocks', 'pnl_talent_retention', 'pnl_university_exchange',
]) }}
{%- endmacro %}

{# Panels and the yearly facts below them: where missing values are counted by year. #}
{% macro measured_tables() -%}
{{ return(panel_tables() + [
    'fct_city_pilot_year', 'fct_city_robot_year', 'fct_city_year', 'fct_firm_patent_year', 'fct_industrial_firm_year',
    'fct_listed_firm_year', 'fct_patent', 'fct_province_talent_year', 'fct_university_field_year', 'fct_university_year',
]) }}
{%- endmacro %}

{# Name -> upper-case type of a built relation's columns; empty while dbt parses. #}
{% macro columns_of(relation) -%}
{% set found = {} %}
{% if execute %}{% for column in adapter.get_columns_in_relation(relation) %}{% do found.update({column.name: column.dtype | upper}) %}{% endfor %}{% endif %}
{{ return(found) }}
{%- endmacro %}

{# Whether numbers of the type can be averaged. #}
{% macro is_number(data_type) -%}
{{ return(data_type.startswith('DECIMAL') or data_type in ['INTEGER', 'BIGINT', 'DOUBLE', 'BOOLEAN', 'HUGEINT']) }}
{%- endmacro %}

{# A number to nine significant digits, so that the order of a sum does not show. #}
{% macro significant(x) -%}
case when {{ x }} = 0 or not isfinite({{ x }}) then {{ x }} else round({{ x }}, 8 - floor(log10(abs({{ x }})))::integer) end
{%- endmacro %}
