-- Every yearbook row with its city of the common vintage and its drop_reason; a merged city's own rows leave when the city it joined has one.
with keyed as (
    select
        yearbook.*,
        names.city_code,
        names.province_code,
        names.city_key in (select {{ city_key('alias') }} from {{ ref('seed_city_alias') }} where kind = 'merged') as is_merged_city
    from {{ ref('stg_city_yearbook__city_years') }} as yearbook
    left join {{ ref('int_city_names') }} as names on {{ city_key('yearbook.city') }} = names.city_key
),

numbered as (
    select
        *,
        row_number() over (partition by city_code, year order by is_merged_city, _file, _row) as copy_no
    from keyed
)

select
    * except (copy_no),
    case
        when city_code is null then 'unknown_city'
        when year not between 1990 and 2030 then 'impossible_year'
        when copy_no > 1 and is_merged_city then 'merged_into_other_city'
        when copy_no > 1 then 'duplicate'
    end as drop_reason
from numbered
