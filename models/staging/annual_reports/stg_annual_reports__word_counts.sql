with source as (
    select * from {{ source('annual_reports', 'word_counts') }}
),

renamed as (
    select
        {{ stock_code('stkcd') }} as stkcd,
        year::integer as year,
        {{ cell('word_group') }} as word_group,
        {{ cell('word') }} as word,
        word_count,
        _file,
        _row
    from source
)

select * from renamed
