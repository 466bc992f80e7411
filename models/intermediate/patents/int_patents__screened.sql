-- Every delivered application with its drop_reason; of several rows with one number the first of (_file, _row) stays.
{% set first_day_of_patent_law = "date '1985-04-01'" %}

with applications as (
    select
        {{ application_number('application_no') }} as application_no,
        application_no as application_no_raw,
        case when patent_type = '发明专利' then '发明' else patent_type end as patent_type,
        application_date,
        year(application_date)::integer as year,
        grant_date,
        ipc_main as ipc_main_raw,
        ipc_all as ipc_all_raw,
        applicants,
        address,
        cited_times,
        _file,
        _row
    from {{ ref('stg_patents__applications') }}
),

judged as (
    select
        _file,
        _row,
        application_no,
        case
            when application_no is null then 'malformed_number'
            when application_date < {{ first_day_of_patent_law }} then 'impossible_date'
        end as fault
    from applications
),

-- only numbers that repeat are ranked: one in a hundred
repeated as (
    select application_no
    from judged
    where fault is null
    group by application_no
    having count(*) > 1
),

copies as (
    select
        judged._file,
        judged._row,
        row_number() over (partition by judged.application_no order by judged._file, judged._row) as copy_no
    from judged
    inner join repeated on judged.application_no = repeated.application_no
    where judged.fault is null
)

select
    applications.*,
    case
        when applications.application_no is null then 'malformed_number'
        when applications.application_date < {{ first_day_of_patent_law }} then 'impossible_date'
        when copies.copy_no > 1 then 'duplicate'
    end as drop_reason
from applications
left join copies on applications._file = copies._file and applications._row = copies._row
