-- Every delivered application with its drop_reason; of several rows with one number the first of (_file, _row) stays.
{% set first_day_of_patent_law = "date '1985-04-01'" %}

with applications as (
    select
        {{ application_number('application_no') }} as application_no,
        application_no as application_no_raw,
        case when patent_type = '发明专利' then '发明' else patent_type end as patent_type,
        application_date,
        grant_date,
        ipc_main,
        ipc_all,
        applicants,
        address,
        cited_times,
        _file,
        _row
    from {{ ref('stg_patents__applications') }}
),

judged as (
    select
        *,
        case
            when application_no is null then 'malformed_number'
            when application_date < {{ first_day_of_patent_law }} then 'impossible_date'
        end as fault
    from applications
),

numbered as (
    select
        *,
        row_number() over (partition by application_no, fault order by _file, _row) as copy_no
    from judged
)

select
    application_no,
    application_no_raw,
    patent_type,
    application_date,
    year(application_date)::integer as year,
    grant_date,
    ipc_main as ipc_main_raw,
    ipc_all as ipc_all_raw,
    applicants,
    address,
    cited_times,
    case when fault is null and copy_no > 1 then 'duplicate' else fault end as drop_reason,
    _file,
    _row
from numbered
