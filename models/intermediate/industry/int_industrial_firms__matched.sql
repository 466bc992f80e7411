-- The match table survey <-> registrations: which enterprise each code and name of the survey is, and by which rule.
-- A code whose check digit does not fit counts only where no name helps.
with pairs as (
    select distinct legal_code, doubtful_code, name_text, name_key
    from {{ ref('int_industrial_firm_years__keyed') }}
),

registered_codes as (
    select legal_code, min(registration_id) as registration_id
    from {{ ref('int_enterprises__screened') }}
    where drop_reason is null and legal_code is not null
    group by legal_code
),

registered as (
    select
        pairs.*,
        coalesce(codes.registration_id, by_text.registration_id, by_key.registration_id) as registration_id,
        case
            when codes.registration_id is not null then 'legal_code'
            when by_text.registration_id is not null then 'name'
            when by_key.registration_id is not null then 'name_key'
        end as match_method,
        coalesce(by_text.owners > 1, by_key.owners > 1, false) as is_ambiguous
    from pairs
    left join registered_codes as codes on pairs.legal_code = codes.legal_code
    left join {{ ref('int_enterprise_names__unique') }} as by_text on by_text.name_level = 'text' and pairs.name_text = by_text.name
    left join {{ ref('int_enterprise_names__unique') }} as by_key
        on by_text.name is null and by_key.name_level = 'key' and pairs.name_key = by_key.name
),

coded as (
    select
        *,
        case
            when registration_id is null then legal_code
            when registration_id not like 'name:%' then registration_id
            else coalesce(min(legal_code) over (partition by registration_id), registration_id)
        end as coded_id
    from registered
),

survey_names as (
    select name_text, min(coded_id) as coded_id, min(registration_id) as registration_id
    from coded
    where coded_id is not null and name_text is not null
    group by name_text
    having count(distinct coded_id) = 1
)

select
    coded.legal_code,
    coded.doubtful_code,
    coded.name_text,
    coalesce(coded.coded_id, survey_names.coded_id, coded.doubtful_code, 'name:' || coded.name_text) as firm_id,
    coalesce(coded.registration_id, survey_names.registration_id) as registration_id,
    case
        when coded.match_method is not null then coded.match_method
        when coded.coded_id is not null then 'not_registered'
        when survey_names.coded_id is not null then 'name_of_other_year'
        when coded.doubtful_code is not null then 'doubtful_code'
        else 'name_only'
    end as match_method,
    coded.is_ambiguous and coded.match_method is null as is_ambiguous
from coded
left join survey_names on coded.coded_id is null and coded.name_text = survey_names.name_text
