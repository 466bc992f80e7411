-- The checks of every release before this one, oldest to newest: its history, and its own checks under its own name.
{%- set columns = ['check_name', 'kind', 'layer', 'tables', 'severity', 'status', 'n_checked', 'n_failing'] %}
{%- set has_checks = baseline_columns('results/checks.parquet') %}
{%- set has_history = baseline_columns('marts/quality/dq_check_history.parquet') %}
with carried as (
    select null as release_id{% for name in columns %}, null as {{ name }}{% endfor %}
    where false
    {%- if has_history %}
    union all
    select release_id, {{ columns | join(', ') }}
    from read_parquet('{{ baseline() }}/marts/quality/dq_check_history.parquet')
    {%- endif %}
    {%- if has_checks %}
    union all
    select {{ baseline_id() }} as release_id, {{ columns | join(', ') }}
    from read_parquet('{{ baseline() }}/results/checks.parquet')
    {%- endif %}
)

select
    release_id::varchar as release_id,
    check_name::varchar as check_name,
    kind::varchar as kind,
    layer::varchar as layer,
    tables::varchar as tables,
    severity::varchar as severity,
    status::varchar as status,
    n_checked::bigint as n_checked,
    n_failing::bigint as n_failing
from carried
