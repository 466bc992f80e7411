-- Every IFR row with its drop_reason: unknown sectors and repeated keys.
with numbered as (
    select
        robots.*,
        sectors.kind,
        row_number() over (partition by robots.country, robots.sector_code, robots.year order by robots._file, robots._row) as copy_no
    from {{ ref('stg_ifr__robots') }} as robots
    left join {{ ref('seed_ifr_sector') }} as sectors on robots.sector_code = sectors.sector_code
)

select
    * except (copy_no),
    case when kind is null then 'unknown_sector' when copy_no > 1 then 'duplicate' end as drop_reason
from numbered
