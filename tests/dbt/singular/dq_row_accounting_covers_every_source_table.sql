-- Fails where a table of a source contract has no line in macros/listed/row_accounting.sql: its rows would go uncounted.
{% set accounted = [] %}
{% for source_name, table, model in screened_tables() %}{% do accounted.append(source_name ~ '.' ~ table) %}{% endfor %}
{% set missing = [] %}
{% if execute %}
    {% for node in graph.sources.values() if node.source_name != 'landing' and node.source_name ~ '.' ~ node.name not in accounted %}
        {% do missing.append(node.source_name ~ '.' ~ node.name) %}
    {% endfor %}
{% endif %}
-- depends_on: {{ ref('dq_row_accounting') }}
select missing_table
from (select unnest({{ missing | tojson | replace('"', "'") }}::varchar[]) as missing_table) as uncovered
