-- Strategic emerging industries and IPC (2021): the official table when it has been landed, the starter list otherwise.
-- industry_l1 is the first digit of the industry code: the nine industries of the classification.
with official as (
    select
        {{ code_cell('subfield_code') }} as subfield_code,
        {{ code_cell('rule_no') }} as rule_no,
        {{ cell('ipc_pattern') }} as ipc_pattern,
        {{ cell('exclude_patterns') }} as exclude_patterns,
        'official' as origin
    from {{ source('reference', 'sei_ipc') }}
),

starter as (
    select
        subfield_code,
        rule_no::varchar as rule_no,
        ipc_pattern,
        exclude_patterns,
        'starter' as origin
    from {{ ref('seed_sei_ipc') }}
    where not exists (select 1 from official)
),

combined as (
    select * from official
    union all
    select * from starter
)

select
    subfield_code,
    split_part(subfield_code, '.', 1) as industry_l1,
    ipc_pattern,
    exclude_patterns,
    rule_no,
    origin
from combined
