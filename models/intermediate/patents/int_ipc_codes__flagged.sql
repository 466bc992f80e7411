-- One row per IPC symbol with its flags. A-000-1: in the subclass reading a symbol is of a list when its four-character subclass is named there.
with symbols as (
    select distinct ipc from {{ ref('int_ipc_symbols') }} where ipc is not null
),

listed as (
    select ipc, list_id, 'longest_prefix' as reading from {{ ref('int_ipc_codes__mapped') }}
    union all
    select symbols.ipc, patterns.list_id, 'subclass' as reading
    from symbols
    inner join {{ ref('int_ipc_rules') }} as rules
        on {{ ipc_subclass('symbols.ipc') }} = substr(rules.ipc_key, 1, 4) and not rules.is_exclusion and rules.level >= 4
    inner join {{ ref('int_ipc_patterns') }} as patterns on rules.rule_no = patterns.rule_no
),

flags as (
    select
        ipc,
        {%- for reading in readings_of('ipc_level') %}
        bool_or(list_id = 'blockade') filter (where reading = '{{ reading }}') as is_pur_{{ reading }},
        bool_or(list_id in ('sei', 'future')) filter (where reading = '{{ reading }}') as is_lead_{{ reading }},
        {%- endfor %}
        bool_or(list_id = 'sei') filter (where reading = 'longest_prefix') as is_sei
    from listed
    group by ipc
)

select
    symbols.ipc,
    {{ ipc_class('symbols.ipc') }} as ipc3,
    {{ ipc_subclass('symbols.ipc') }} as ipc4,
    {%- for reading in readings_of('ipc_level') %}
    coalesce(flags.is_pur_{{ reading }}, false) as is_pur_{{ reading }},
    coalesce(flags.is_lead_{{ reading }}, false) as is_lead_{{ reading }},
    {%- endfor %}
    coalesce(flags.is_sei, false) as is_sei
from symbols
left join flags on symbols.ipc = flags.ipc
