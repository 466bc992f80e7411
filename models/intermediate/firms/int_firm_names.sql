-- Every name a listed firm has carried, with its keys; the registry's current name is added where the history misses it.
with delivered as (
    select
        stkcd,
        name,
        coalesce(name_type, '曾用名') = '现用名' as is_current,
        valid_from,
        valid_to
    from {{ ref('int_listed_names__screened') }}
    where drop_reason is null
    union all
    select stkcd, full_name, true, null, null
    from {{ ref('int_listed_firms__screened') }}
    where drop_reason is null
),

keyed as (
    select
        *,
        {{ firm_name_text('name') }} as name_text,
        {{ firm_name_key('name') }} as name_key
    from delivered
),

ranked as (
    select
        *,
        row_number() over (
            partition by stkcd, name_text
            order by valid_from nulls last, is_current desc, name
        ) as copy_no
    from keyed
    where name_text is not null
)

select stkcd, name, name_text, name_key, is_current, valid_from, valid_to
from ranked
where copy_no = 1
