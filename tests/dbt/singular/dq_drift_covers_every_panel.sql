-- Fails where a panel is not in panel_tables() of macros/quality/tables.sql: it could drift unseen.
{% set missing = [] %}
{% if execute %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.config.schema == 'panels' and node.name not in panel_tables() %}
        {% do missing.append(node.name) %}
    {% endfor %}
{% endif %}
-- depends_on: {{ ref('dq_drift') }}
select unnest({{ missing | tojson | replace('"', "'") }}::varchar[]) as panel
