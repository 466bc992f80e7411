-- Every row of NBER-CES with its drop_reason: amounts that cannot be and repeated keys.
with numbered as (
    select
        *,
        row_number() over (partition by naics, year order by _file, _row) as copy_no
    from {{ ref('stg_us_industry__productivity') }}
)

select
    * except (copy_no),
    case
        when copy_no > 1 then 'duplicate'
        when not coalesce(vship_musd > 0 and employment_thousand > 0 and deflator > 0, false) then 'amount_missing_or_not_positive'
    end as drop_reason
from numbered
