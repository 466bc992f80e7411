-- Current and former names of every registered enterprise, normalised.
with enterprises as (
    select registration_id, name_text, name_key, former_names
    from {{ ref('int_enterprises__screened') }}
    where drop_reason is null
),

former as (
    select
        registration_id,
        {{ rows_of(text_parts(text_replace('former_names', '[；、|，,]', ';'), ';')) }} as name
    from enterprises
    where former_names is not null
)

select distinct registration_id, name_text, name_key, 'current' as name_kind
from enterprises
where name_text is not null
union
select distinct registration_id, {{ firm_name_text('name') }}, {{ firm_name_key('name') }}, 'former'
from former
where {{ firm_name_text('name') }} is not null
