-- Every survey row with its firm and its drop_reason; of several rows of a firm and year the first of (_file, _row) stays.
{% set content = ['year', 'legal_code', 'name', 'district_code', 'cic4', 'founding_year', 'registration_type', 'employees', 'output', 'sales',
                  'exports', 'intermediate_input', 'fixed_assets', 'total_assets', 'selling_expense', 'total_profit'] %}

with identified as (
    select
        keyed.*,
        matched.firm_id,
        matched.registration_id,
        matched.match_method,
        case
            when matched.firm_id is null then 'no_identity'
            when keyed.year not between 1998 and 2013 then 'year_outside_survey'
            when repeats._row is not null then 'exact_duplicate'
        end as fault
    from {{ ref('int_industrial_firm_years__keyed') }} as keyed
    left join {{ ref('int_industrial_firms__matched') }} as matched
        on keyed.legal_code is not distinct from matched.legal_code
        and keyed.doubtful_code is not distinct from matched.doubtful_code
        and keyed.name_text is not distinct from matched.name_text
    left join ({{ repeated_rows(ref('stg_asif__firm_years'), content) }}) as repeats
        on keyed._file = repeats._file and keyed._row = repeats._row
),

numbered as (
    select
        *,
        row_number() over (
            partition by firm_id, year, fault order by match_method = 'name_key', legal_code is null, _file, _row
        ) as copy_no
    from identified
)

select
    * except (fault, copy_no),
    case when fault is null and copy_no > 1 then 'duplicate_firm_year' else fault end as drop_reason
from numbered
