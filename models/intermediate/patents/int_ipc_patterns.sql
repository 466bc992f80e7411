-- The key-technology lists in one notation: 科技日报 items (blockade), future industries, strategic emerging industries (sei).
with listed as (
    select
        'sei' as list_id,
        subfield_code,
        industry_l1,
        ipc_pattern,
        exclude_patterns
    from {{ ref('stg_reference__sei_ipc') }}
    union all
    select list_id, list_id || '.' || item, null, ipc_pattern, exclude_patterns
    from {{ ref('seed_key_ipc') }}
    where list_id in ('blockade', 'future')
)

select
    list_id,
    subfield_code,
    industry_l1,
    list_id || '/' || row_number() over (
        partition by list_id
        order by subfield_code, ipc_pattern, exclude_patterns nulls first
    ) as rule_no,
    ipc_pattern,
    exclude_patterns
from listed
