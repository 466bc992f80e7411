with responses as (
    select
        *,
        row_number() over (partition by respondent_id order by _file, _row) as copy_no
    from {{ ref('stg_sfrc__responses') }}
)

select
    * except (copy_no),
    case
        when respondent_id is null then 'malformed_key'
        when copy_no > 1 then 'duplicate_respondent'
    end as drop_reason
from responses
