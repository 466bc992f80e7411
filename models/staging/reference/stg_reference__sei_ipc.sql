-- Strategic emerging industries and IPC (2021): the official table when it has been landed, the starter list otherwise.
-- industry_l1 is the industry that the first digit of the code stands for, named as in the starter list.
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
        subfield_code::string as subfield_code,
        rule_no::string as rule_no,
        ipc_pattern,
        exclude_patterns::string as exclude_patterns,
        'starter' as origin
    from {{ ref('seed_sei_ipc') }}
    where not exists (select 1 from official)
),

combined as (
    select * from official
    union all
    select * from starter
),

industries as (
    select split_part(subfield_code::string, '.', 1) as industry_no, min(industry_l1) as industry_l1
    from {{ ref('seed_sei_ipc') }}
    group by 1
)

select
    combined.subfield_code,
    coalesce(industries.industry_l1, split_part(combined.subfield_code, '.', 1)) as industry_l1,
    combined.ipc_pattern,
    combined.exclude_patterns,
    combined.rule_no,
    combined.origin
from combined
left join industries on split_part(combined.subfield_code, '.', 1) = industries.industry_no
