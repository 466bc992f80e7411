-- Every survey row with normalised keys: names, codes, city of the common vintage, 2002 industry, amounts that can be.
{% set amounts = ['capital_state', 'capital_collective', 'capital_legal', 'capital_individual', 'capital_hmt', 'capital_foreign',
                  'employees', 'output', 'sales', 'exports', 'intermediate_input', 'fixed_assets', 'total_assets', 'selling_expense', 'wages'] %}

with keyed as (
    select
        *,
        case when {{ is_legal_code('legal_code') }} then legal_code end as valid_legal_code,
        case when {{ looks_like_legal_code('legal_code') }} and not {{ is_legal_code('legal_code') }} then legal_code end as doubtful_code,
        {{ firm_name_text('name') }} as name_text,
        {{ firm_name_key('name') }} as name_key,
        substr(lpad(district_code, 6, '0'), 1, 4) as prefecture_code,
        case when length(cic4) between 3 and 4 then lpad(cic4, 4, '0') end as cic4_raw,
        {{ cic_vintage('year') }} as vintage
    from {{ ref('stg_asif__firm_years') }}
)

select
    keyed.year,
    keyed.valid_legal_code as legal_code,
    keyed.doubtful_code,
    keyed.name,
    keyed.name_text,
    keyed.name_key,
    keyed.district_code,
    divisions.city_code,
    coalesce(divisions.mapping, 'unmapped') as city_mapping,
    keyed.cic4_raw,
    coalesce(concordance.cic4, keyed.cic4_raw) as cic4,
    case
        when keyed.cic4_raw is null then 'missing'
        when keyed.vintage = '2002' then 'same_vintage'
        else coalesce(concordance.mapping, 'carried_unchanged')
    end as cic_mapping,
    case when keyed.founding_year between 1800 and keyed.year then keyed.founding_year end as founding_year,
    keyed.registration_type,
    {%- for amount in amounts %}
    {{ is_amount('keyed.' ~ amount) }} as {{ amount }},
    {%- endfor %}
    keyed.total_profit,
    keyed._file,
    keyed._row
from keyed
left join {{ ref('int_division_codes__mapped') }} as divisions on keyed.prefecture_code = divisions.prefecture_code
left join {{ ref('int_cic_codes__concorded') }} as concordance
    on keyed.vintage = concordance.vintage and keyed.cic4_raw = concordance.cic4_raw
