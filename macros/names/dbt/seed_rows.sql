{#
  seed_rows(name, sql): rows of a query on a seed while SQL is compiled; {seed} in sql is its relation. No rows while dbt only parses,
  or compiles before the seed exists (dbt compile on an empty warehouse); a run without it stops.
  keytech.text.sql supplies the same function outside dbt, which is why this folder is not read there.
#}
{% macro seed_rows(name, sql) %}
    {%- do ref(name) -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set relation = adapter.get_relation(database=target.database, schema='reference', identifier=name) -%}
    {%- if relation is none -%}
        {%- if flags.WHICH in ['run', 'build', 'test', 'snapshot'] -%}
            {{ exceptions.raise_compiler_error("seed " ~ name ~ " is not in the warehouse: run dbt seed first") }}
        {%- endif -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(run_query(sql | replace('{seed}', relation | string)).rows) }}
{% endmacro %}
