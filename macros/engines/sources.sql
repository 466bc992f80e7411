{# Landed files as a relation of the engine: dbt-duckdb reads a source's `external_location`, Spark the same files by their path. #}
{% macro source(source_name, table_name) %}
    {%- set relation = builtins.source(source_name, table_name) -%}
    {%- if target.type != 'spark' -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set files = table_name if source_name == 'landing' else source_name ~ '/' ~ table_name ~ '/*' -%}
    {{ return('parquet.`' ~ env_var('KEYTECH_LANDED', 'data/landed') ~ '/' ~ files ~ '.parquet`') }}
{% endmacro %}
