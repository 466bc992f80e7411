-- What became of codes and names of other vintages: carried, split, merged or lost, with the rows that stand behind them.
with aliases as (
    select {{ city_key('alias') }} as city_key, min(kind) as kind
    from {{ ref('seed_city_alias') }}
    group by 1
),

former_names as (
    select distinct substr(codes.code, 1, 4) as prefecture_code
    from {{ ref('stg_reference__gb2260') }} as codes
    inner join aliases on {{ city_key('codes.name') }} = aliases.city_key and aliases.kind = 'merged'
    where codes.level = 'prefecture' or (codes.code like '%00' and codes.code not like '%0000')
),

industries as (
    select
        'survey industries to GB/T 4754-2002' as crosswalk,
        {{ cic_vintage('year') }} as vintage,
        case cic_mapping
            when 'same_vintage' then 'same'
            when 'one_code' then 'recoded'
            when 'split_smallest_code' then 'split'
            when 'carried_unchanged' then 'kept_unlisted'
            else 'lost'
        end as outcome,
        cic4_raw as code
    from {{ ref('int_industrial_firm_years__screened') }}
    where drop_reason is null
),

divisions as (
    select
        'survey division codes to cities',
        'GB/T 2260',
        case
            when firms.city_mapping = 'current_code' then 'same'
            when firms.city_mapping = 'former_code' then case when former_names.prefecture_code is not null then 'merged' else 'recoded' end
            when firms.city_mapping = 'municipality' then 'municipality'
            else 'lost'
        end,
        substr(firms.district_code, 1, 4)
    from {{ ref('int_industrial_firm_years__screened') }} as firms
    left join former_names on substr(firms.district_code, 1, 4) = former_names.prefecture_code
    where firms.drop_reason is null
),

customs as (
    select
        'customs city names to cities',
        'names',
        case records.city_mapping
            when 'city_name' then coalesce(aliases.kind, 'same')
            when 'other_records_of_firm' then 'from_other_records'
            else 'lost'
        end,
        records.city_key
    from {{ ref('int_customs_transactions__screened') }} as records
    left join aliases on records.city_key = aliases.city_key
    where records.drop_reason is null
),

named as (
    {%- for source, relation, place in [
        ('registrations', 'stg_registrations__enterprises', 'city'),
        ('city yearbook', 'stg_city_yearbook__city_years', 'city'),
    ] %}
    select
        '{{ source }} city names to cities',
        'names',
        case when names.city_key is null then 'lost' else coalesce(aliases.kind, 'same') end,
        {{ city_key('rows.' ~ place) }}
    from {{ ref(relation) }} as rows
    left join {{ ref('int_city_names') }} as names on {{ city_key('rows.' ~ place) }} = names.city_key
    left join aliases on names.city_key = aliases.city_key
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

combined as (
    select * from industries
    union all
    select * from divisions
    union all
    select * from customs
    union all
    select * from named
)

select
    crosswalk::varchar as crosswalk,
    vintage::varchar as vintage,
    outcome::varchar as outcome,
    count(distinct code)::bigint as codes,
    count(*)::bigint as n_rows,
    count(*) / sum(count(*)) over (partition by crosswalk, vintage)::double as share
from combined
group by crosswalk, vintage, outcome
order by crosswalk, vintage, outcome
