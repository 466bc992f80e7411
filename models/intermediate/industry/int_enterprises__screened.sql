-- Every registered enterprise with its keys, the flags read once from its business scope, and its drop_reason.
-- A legal code counts where its check digit fits; a row without one belongs to the only such enterprise of its name, if any.
{% set content = ['credit_code', 'legal_code', 'name', 'former_names', 'business_scope', 'address', 'province', 'city',
                  'established', 'cancelled', 'capital_type', 'registered_capital_10k'] %}

with keyed as (
    select
        case when {{ is_credit_code('credit_code') }} then credit_code end as credit_code,
        case
            when {{ is_credit_code('credit_code') }} and {{ is_legal_code('substr(credit_code, 9, 9)') }} then substr(credit_code, 9, 9)
            when {{ is_legal_code('legal_code') }} then legal_code
        end as legal_code,
        name,
        {{ firm_name_text('name') }} as name_text,
        {{ firm_name_key('name') }} as name_key,
        former_names,
        {{ city_key('city') }} as city_key,
        established,
        cancelled,
        capital_type,
        {{ scope_keyword_hits('business_scope') }} as hit_words,
        _file,
        _row,
        case when {{ scope_has_keyword('business_scope') }} then {{ scope_is_wholesale_only('business_scope') }} else false end as is_wholesale_only
    from {{ ref('stg_registrations__enterprises') }}
),

coded_names as (
    select name_text, min(legal_code) as legal_code
    from keyed
    where legal_code is not null
    group by name_text
    having count(distinct legal_code) = 1
),

identified as (
    select
        keyed.*,
        coalesce(keyed.legal_code, coded_names.legal_code, keyed.credit_code, 'name:' || keyed.name_text) as identity,
        repeats._row is not null as is_repeat
    from keyed
    left join coded_names on keyed.legal_code is null and keyed.name_text = coded_names.name_text
    left join ({{ repeated_rows(ref('stg_registrations__enterprises'), content) }}) as repeats
        on keyed._file = repeats._file and keyed._row = repeats._row
),

numbered as (
    select
        *,
        row_number() over (
            partition by identity, is_repeat order by credit_code is null, legal_code is null, _file, _row
        ) as copy_no
    from identified
)

select
    coalesce(numbered.credit_code, numbered.identity) as registration_id,
    numbered.credit_code,
    numbered.legal_code,
    numbered.name,
    numbered.name_text,
    numbered.name_key,
    numbered.former_names,
    cities.city_code,
    case when numbered.established between date '1840-01-01' and date '2025-12-31' then numbered.established end as established,
    numbered.cancelled,
    numbered.capital_type,
    numbered.hit_words,
    numbered.is_wholesale_only,
    case
        when numbered.identity is null then 'no_identity'
        when numbered.is_repeat then 'exact_duplicate'
        when numbered.copy_no > 1 then 'duplicate_enterprise'
    end as drop_reason,
    numbered._file,
    numbered._row
from numbered
left join {{ ref('int_city_names') }} as cities on numbered.city_key = cities.city_key
