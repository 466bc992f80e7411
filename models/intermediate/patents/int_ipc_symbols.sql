-- Each IPC string as written, normalised once.
with written as (
    select distinct ipc_main_raw as ipc_raw
    from {{ ref('int_patents__screened') }}
    where drop_reason is null and ipc_main_raw is not null
    union
    select distinct ipc_raw
    from (
        select {{ rows_of(text_parts(text_replace('ipc_all_raw', '[；,，、|]', ';'), ';')) }} as ipc_raw
        from {{ ref('int_patents__screened') }}
        where drop_reason is null
    ) as listed
    where trim(ipc_raw) <> ''
)

select
    ipc_raw,
    {{ ipc_normalise('ipc_raw') }} as ipc
from written
