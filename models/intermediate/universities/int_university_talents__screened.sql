{% set with_country -%}
(
            select delivered.*, country.study_country_code, country.is_overseas
            from {{ ref('stg_universities__talents') }} as delivered
            left join {{ ref('seed_study_country') }} as country
                on {{ answer_key('delivered.study_country') }} = {{ answer_key('country.written') }}
        )
{%- endset %}
{{ screen_rows(
    with_university(with_country), ['university_id', 'year', 'study_country_code'],
    [['not_a_listed_university', 'university_id is null'], ['unknown_country', 'study_country_code is null']]
) }}
