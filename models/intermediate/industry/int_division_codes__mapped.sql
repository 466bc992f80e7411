-- Four-digit prefecture codes of all vintages -> city_code of the common vintage (seed_city).
with listed as (
    select
        substr(code, 1, 4) as prefecture_code,
        {{ city_key('name') }} as city_key,
        max(year)::integer as last_year
    from {{ ref('stg_reference__gb2260') }}
    where level = 'prefecture' or (code like '%00' and code not like '%0000')
    group by 1, 2
),

spelled as (
    select *, 1 as priority from listed
    union all
    select prefecture_code, {{ text_replace('city_key', '(地区|盟|市)$', '') }}, last_year, 2 from listed
),

by_name as (
    select
        spelled.prefecture_code,
        names.city_code,
        row_number() over (
            partition by spelled.prefecture_code order by spelled.priority, spelled.last_year desc, names.city_code
        ) as choice
    from spelled
    inner join {{ ref('int_city_names') }} as names
        on spelled.city_key = names.city_key and substr(spelled.prefecture_code, 1, 2) = names.province_code
),

municipalities as (
    select
        province.province_code || suffix.code as prefecture_code,
        province.province_code || '00' as city_code
    from {{ ref('seed_province') }} as province
    cross join (values ('00'), ('01'), ('02'), ('03')) as suffix (code)
    where province.province_code in ('11', '12', '31', '50')
),

combined as (
    select city_code as prefecture_code, city_code, 'current_code' as mapping, 1 as priority from {{ ref('seed_city') }}
    union all
    select prefecture_code, city_code, 'municipality', 2 from municipalities
    union all
    select prefecture_code, city_code, 'former_code', 3 from by_name where choice = 1
    union all
    select '5130', '5117', 'former_code', 4  -- 达川地区 became 达州市 in 1999
)

select prefecture_code, city_code, mapping
from combined
qualify row_number() over (partition by prefecture_code order by priority, city_code) = 1
