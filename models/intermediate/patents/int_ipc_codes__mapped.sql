-- Which list and sub-field each occurring IPC symbol falls under (methods.md 5.2).
with symbols as (
    select distinct ipc from {{ ref('int_ipc_symbols') }} where ipc is not null
),

matched as (
    {{ ipc_match('symbols', 'ipc', ref('int_ipc_rules')) }}
)

select distinct
    matched.ipc,
    patterns.list_id,
    patterns.subfield_code,
    patterns.industry_l1
from matched
inner join {{ ref('int_ipc_patterns') }} as patterns on matched.rule_no = patterns.rule_no
