with source as (
    select * from {{ source('sfrc', 'responses') }}
),

renamed as (
    select
        {{ answer_key('respondent_id') }} as respondent_id,
        survey_year::integer as survey_year,
        {{ cell('city') }} as city,
        {{ cell('questionnaire_language') }} as questionnaire_language,
        age,
        {%- for column in survey_items() %}
        {{ cell(column) }} as {{ column }},
        {%- endfor %}
        _file,
        _row
    from source
)

select * from renamed
