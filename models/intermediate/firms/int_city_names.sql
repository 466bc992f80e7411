-- Every written form of a city's name -> its code of the common vintage (old names and merged cities lead to today's city).
{% set peoples = '(?:朝鲜|土家|苗|藏|羌|彝|布依|侗|哈尼|壮|傣|白|景颇|傈僳|回)族|蒙古族?|哈萨克|柯尔克孜' %}

with spellings as (
    select city_code, city_name as spelling, 1 as priority from {{ ref('seed_city') }}
    union all
    select city_code, city_short, 2 from {{ ref('seed_city') }}
    union all
    select city_code, alias, 3 from {{ ref('seed_city_alias') }}
    union all
    select city_code, {{ text_replace('city_name', '(' ~ peoples ~ ')*(自治州|地区|盟)$', '') }}, 4 from {{ ref('seed_city') }}
    union all
    select city_code, {{ text_replace('alias', '(市|地区|盟)$', '') }}, 5 from {{ ref('seed_city_alias') }}
),

ranked as (
    select
        {{ city_key('spelling') }} as city_key,
        city_code,
        row_number() over (partition by {{ city_key('spelling') }} order by priority, city_code) as rank_in_key
    from spellings
    where length({{ city_key('spelling') }}) >= 2
),

provinces as (
    select distinct province_short from {{ ref('seed_province') }}
)

select
    ranked.city_key,
    ranked.city_code,
    city.city_name,
    city.province_code
from ranked
inner join {{ ref('seed_city') }} as city on ranked.city_code = city.city_code
-- 海南 is a prefecture of Qinghai and, written alone, nearly always the province
where ranked.rank_in_key = 1
    and not (ranked.city_key in (select province_short from provinces) and city.city_short <> ranked.city_key)
