{# The release that readers have now, which this build is compared with: its folder, or nothing (a first release, plain dbt). #}
{% macro baseline() -%}
{{ return(env_var('KEYTECH_BASELINE', '')) }}
{%- endmacro %}

{# Name of that release; null in SQL where there is none. #}
{% macro baseline_id() -%}
{{ return("'" ~ baseline().rstrip('/').split('/')[-1] ~ "'" if baseline() else 'null') }}
{%- endmacro %}

{# Name -> type of the columns of one of its Parquet files; empty where it has no such file. #}
{% macro baseline_columns(file) -%}
{% set found = {} %}
{% if execute and baseline() %}
    {% if run_query("select count(*) from glob('" ~ baseline() ~ "/" ~ file ~ "')").columns[0].values()[0] %}
        {% for row in run_query("describe from read_parquet('" ~ baseline() ~ "/" ~ file ~ "')").rows %}{% do found.update({row[0]: row[1] | upper}) %}{% endfor %}
    {% endif %}
{% endif %}
{{ return(found) }}
{%- endmacro %}

{# One row per number of a relation: panel, side, column_name, value. #}
{% macro numbers_of(panel, side, relation, names) -%}
select '{{ panel }}' as panel, '{{ side }}' as side, column_name, value
from (select {% for name in names %}"{{ name }}"::double as "{{ name }}"{{ ', ' if not loop.last }}{% endfor %} from {{ relation }}) as {{ side }}_{{ panel }}
unpivot include nulls (value for column_name in ({% for name in names %}"{{ name }}"{{ ', ' if not loop.last }}{% endfor %}))
{%- endmacro %}

{# The numbers of every panel, now and in the release before. #}
{% macro numbers_now_and_before() -%}
{% for panel in panel_tables() %}
    {% set now = columns_of(ref(panel)) %}{% set then = baseline_columns('marts/panels/' ~ panel ~ '.parquet') %}
    {% set numbers = [] %}{% set both = [] %}
    {% for name in now if is_number(now[name]) %}{% do numbers.append(name) %}{% if name in then and is_number(then[name]) %}{% do both.append(name) %}{% endif %}{% endfor %}
    {% if not numbers %}
    select null::varchar as panel, null::varchar as side, null::varchar as column_name, null::double as value where false
    {% else %}
    {{ numbers_of(panel, 'now', ref(panel), numbers) }}
    {% if both %}union all {{ numbers_of(panel, 'before', "read_parquet('" ~ baseline() ~ "/marts/panels/" ~ panel ~ ".parquet')", both) }}{% endif %}
    {% endif %}
    {{ 'union all' if not loop.last }}
{% endfor %}
{%- endmacro %}
