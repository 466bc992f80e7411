with source as (
    select * from {{ source('universities', 'yearbook') }}
),

renamed as (
    select
        {{ cell('university') }} as university,
        year::integer as year,
        coop_sent,
        coop_received,
        conf_attend,
        conf_paper,
        conf_invited,
        conf_hosted,
        rd_staff,
        senior_staff,
        rd_spending,
        funds_government,
        funds_enterprise,
        _file,
        _row
    from source
)

select * from renamed
