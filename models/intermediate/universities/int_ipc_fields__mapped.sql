-- WIPO technology field of a main IPC symbol: the longest prefix of the concordance decides (main group, subclass, class).
with symbols as (
    select distinct ipc_main as ipc from {{ ref('fct_patent') }} where ipc_main is not null
)

select
    symbols.ipc,
    coalesce(by_group.field_code, by_subclass.field_code, by_class.field_code) as field_code
from symbols
left join {{ ref('seed_wipo_field_ipc') }} as by_group on {{ ipc_main_group('symbols.ipc') }} = by_group.ipc_prefix
left join {{ ref('seed_wipo_field_ipc') }} as by_subclass on {{ ipc_subclass('symbols.ipc') }} = by_subclass.ipc_prefix
left join {{ ref('seed_wipo_field_ipc') }} as by_class on {{ ipc_class('symbols.ipc') }} = by_class.ipc_prefix
