-- One row per IPC symbol with its flags. A-000-1: with ipc_level = subclass a symbol is of a list when its four-character subclass is named there.
with symbols as (
    select distinct ipc from {{ ref('int_ipc_symbols') }} where ipc is not null
),

{% if option('ipc_level') == 'subclass' -%}
listed as (
    select symbols.ipc, patterns.list_id
    from symbols
    inner join {{ ref('int_ipc_rules') }} as rules
        on {{ ipc_subclass('symbols.ipc') }} = substr(rules.ipc_key, 1, 4) and not rules.is_exclusion and rules.level >= 4
    inner join {{ ref('int_ipc_patterns') }} as patterns on rules.rule_no = patterns.rule_no
),
{%- else -%}
listed as (
    select ipc, list_id from {{ ref('int_ipc_codes__mapped') }}
),
{%- endif %}

flags as (
    select
        ipc,
        bool_or(list_id = 'blockade') as is_pur,
        bool_or(list_id in ('sei', 'future')) as is_lead
    from listed
    group by ipc
),

official as (
    select distinct ipc from {{ ref('int_ipc_codes__mapped') }} where list_id = 'sei'
)

select
    symbols.ipc,
    {{ ipc_class('symbols.ipc') }} as ipc3,
    {{ ipc_subclass('symbols.ipc') }} as ipc4,
    coalesce(flags.is_pur, false) as is_pur,
    coalesce(flags.is_lead, false) as is_lead,
    official.ipc is not null as is_sei
from symbols
left join flags on symbols.ipc = flags.ipc
left join official on symbols.ipc = official.ipc
