with written as (
    select university_id, university as name from {{ ref('seed_moe_universities') }}
    union all
    select university_id, alias from {{ ref('seed_university_alias') }}
)

select distinct {{ firm_name_key('name') }} as name_key, university_id
from written
