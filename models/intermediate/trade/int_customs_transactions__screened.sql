-- Every customs record with codes, place, trade mode and commodity class, and its drop_reason.
{% set content = ['year', 'month', 'firm_code', 'firm_name', 'hs_code', 'direction', 'trade_mode', 'partner', 'city', 'value_usd', 'quantity', 'unit'] %}

with keyed as (
    select
        year,
        month,
        firm_code,
        {{ firm_name_text('firm_name') }} as name_text,
        {{ hs8('hs_code') }} as hs8,
        {{ hs_digits('hs_code') }} as hs_digits,
        direction,
        {{ city_key('trade_mode') }} as trade_mode,
        partner,
        {{ city_key('city') }} as city_key,
        value_usd,
        quantity,
        _file,
        _row
    from {{ ref('stg_customs__transactions') }}
),

firm_cities as (
    select keyed.firm_code, min(cities.city_code) as city_code
    from keyed
    inner join {{ ref('int_city_names') }} as cities on keyed.city_key = cities.city_key
    where keyed.firm_code is not null
    group by keyed.firm_code
    having count(distinct cities.city_code) = 1
)

select
    keyed.year,
    keyed.month,
    keyed.firm_code,
    keyed.name_text,
    keyed.hs8,
    keyed.hs_digits,
    keyed.direction,
    coalesce(modes.trade_mode_kind, 'unknown') as trade_mode_kind,
    keyed.partner,
    keyed.city_key,
    coalesce(cities.city_code, firm_cities.city_code) as city_code,
    case
        when cities.city_code is not null then 'city_name'
        when firm_cities.city_code is not null then 'other_records_of_firm'
        else 'unknown'
    end as city_mapping,
    keyed.value_usd,
    keyed.quantity,
    robots.hs8 is not null as is_robot,
    parts.hs_prefix is not null as is_robot_part,
    case
        when keyed.hs8 is null then 'unreadable_hs_code'
        when keyed.value_usd <= 0 then 'value_not_positive'
        when keyed.year not between 2000 and 2013 then 'year_outside_period'
        when repeats._row is not null then 'exact_duplicate'
    end as drop_reason,
    keyed._file,
    keyed._row
from keyed
left join {{ ref('int_city_names') }} as cities on keyed.city_key = cities.city_key
left join firm_cities on keyed.firm_code = firm_cities.firm_code
left join {{ ref('seed_trade_mode') }} as modes on keyed.trade_mode = modes.raw_value
left join {{ ref('seed_robot_hs8') }} as robots
    on keyed.hs8 = robots.hs8 and keyed.year between robots.valid_from and coalesce(robots.valid_to, 9999)
left join {{ ref('seed_robot_part_hs') }} as parts on substr(keyed.hs8, 1, 6) = parts.hs_prefix
left join ({{ repeated_rows(ref('stg_customs__transactions'), content) }}) as repeats
    on keyed._file = repeats._file and keyed._row = repeats._row
