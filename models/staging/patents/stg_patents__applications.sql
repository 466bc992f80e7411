with source as (
    select * from {{ source('patents', 'applications') }}
),

renamed as (
    select
        {{ cell('application_no') }} as application_no,
        {{ cell('patent_type') }} as patent_type,
        application_date,
        grant_date,
        {{ cell('ipc_main') }} as ipc_main,
        {{ cell('ipc_all') }} as ipc_all,
        {{ cell('applicants') }} as applicants,
        {{ cell('address') }} as address,
        cited_times,
        _file,
        _row
    from source
)

select * from renamed
