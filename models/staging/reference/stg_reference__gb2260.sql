-- The official year lists when they have been landed; otherwise the prefectures of the starter list and the cities of today, year by year.
with official as (
    select
        year::integer as year,
        {{ code_cell('code') }} as code,
        {{ cell('name') }} as name,
        {{ cell('level') }} as level,
        'official' as origin
    from {{ source('reference', 'gb2260') }}
),

years as (
    select {{ rows_of(whole_numbers(1980, 2022)) }} as year
),

starter as (
    select
        years.year,
        former.code,
        former.name,
        former.level,
        'starter' as origin
    from {{ ref('seed_gb2260') }} as former
    inner join years on years.year between former.first_year and former.last_year
    union all
    select
        years.year,
        city.city_code || '00',
        city.city_name,
        'prefecture',
        'starter'
    from {{ ref('seed_city') }} as city
    cross join years
)

select * from official
union all
select * from starter
where not exists (select 1 from official)
