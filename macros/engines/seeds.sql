{#
  Rows of a seed on Spark. dbt-spark 1.11 binds every value as '<text>': a quote ends the literal and a blank cell becomes the
  word None. Here cells are literals with the quote doubled, and blank cells are null.
#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set cells = [] -%}
        {%- for name in agate_table.column_names -%}
            {%- set type = types.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
            {%- set value = row[loop.index0] -%}
            {%- do cells.append("cast(" ~ ("null" if value is none else "r'" ~ (value | string | replace("'", "''")) ~ "'") ~ " as " ~ type ~ ")") -%}
        {%- endfor -%}
        {%- do rows.append('(' ~ cells | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- for batch in rows | batch(1000) -%}
        {%- do adapter.add_query('insert into ' ~ this.render() ~ ' values ' ~ batch | join(', '), abridge_sql_log=True) -%}
    {%- endfor -%}
    {{ return('insert into ' ~ this.render() ~ ' values (' ~ agate_table.column_names | join(', ') ~ ')') }}
{% endmacro %}
