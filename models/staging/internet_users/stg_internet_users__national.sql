with source as (
    select * from {{ source('internet_users', 'national') }}
),

renamed as (
    select
        year::integer as year,
        users_10k,
        _file,
        _row
    from source
)

select * from renamed
