-- Place names and division codes of the industrial sources that no city of the common vintage answers to, as written.
with written as (
    select 'customs' as source, city as place, count(*) as n_rows from {{ ref('stg_customs__transactions') }} group by 2
    union all
    select 'registrations', city, count(*) from {{ ref('stg_registrations__enterprises') }} group by 2
    union all
    select 'city_yearbook', city, count(*) from {{ ref('stg_city_yearbook__city_years') }} group by 2
)

select
    written.source::varchar as source,
    written.place::varchar as place,
    written.n_rows::bigint as n_rows
from written
left join {{ ref('int_city_names') }} as names on {{ city_key('written.place') }} = names.city_key
where names.city_key is null and written.place is not null
union all
select
    'asif'::varchar,
    district_code::varchar,
    count(*)::bigint
from {{ ref('int_industrial_firm_years__keyed') }}
where city_code is null and district_code is not null
group by district_code
