-- Every row of US employment with its drop_reason: unknown sectors and repeated keys.
with numbered as (
    select
        employment.*,
        sectors.kind,
        row_number() over (partition by employment.sector_code, employment.year order by employment._file, employment._row) as copy_no
    from {{ ref('stg_us_industry__employment') }} as employment
    left join {{ ref('seed_ifr_sector') }} as sectors on employment.sector_code = sectors.sector_code
)

select
    * except (copy_no),
    case when kind is null then 'unknown_sector' when copy_no > 1 then 'duplicate' end as drop_reason
from numbered
