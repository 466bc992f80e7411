-- One row per kept application and IPC symbol in its list; the main symbol is position 0, whether or not the list repeats it.
with kept as (
    select application_no, ipc_main_raw, {{ text_replace('ipc_all_raw', '[；,，、|]', ';') }} as ipc_list
    from {{ ref('int_patents__screened') }}
    where drop_reason is null
),

written as (
    select application_no, 0 as position, ipc_main_raw as ipc_raw from kept where ipc_main_raw is not null
    union all
    select application_no, {{ numbered_rows_of('parts', 'position', 'ipc_raw') }}
    from (select application_no, {{ text_parts('ipc_list', ';') }} as parts from kept where ipc_list is not null) as lists
)

select application_no, min(position)::integer as position, symbols.ipc
from written
inner join {{ ref('int_ipc_symbols') }} as symbols on written.ipc_raw = symbols.ipc_raw
where symbols.ipc is not null
group by application_no, symbols.ipc
